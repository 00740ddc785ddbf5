//! The fuzz target's corpus is made of the captured messages and of our own events.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lp_events::event_type;

use crate::path_events::events;
use crate::support::messages;

/// An input of the target: the place of the event type, then the bare datum.
fn input(event_type: &str, body: &[u8]) -> Option<Vec<u8>> {
    let place = event_type::ALL.iter().position(|known| *known == event_type)?;
    Some([&[u8::try_from(place).unwrap()], body].concat())
}

/// After a new message: `LP_UPDATE_GOLDEN=1 cargo test -p lp-events`.
#[test]
fn the_corpus_holds_every_message() {
    let lms = messages().into_iter().filter_map(|message| {
        Some((message.name.clone(), input(&message.envelope().event_type, message.body())?))
    });
    let ours = events().into_iter().filter_map(|(name, event)| {
        Some((format!("path_{name}"), input(event.event_type(), &event.encode_body())?))
    });
    let wanted: BTreeMap<String, Vec<u8>> = lms.chain(ours).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/decode");
    if std::env::var_os("LP_UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, bytes) in &wanted {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    for (name, bytes) in wanted {
        assert_eq!(fs::read(folder.join(&name)).unwrap(), bytes, "{name}");
    }
}
