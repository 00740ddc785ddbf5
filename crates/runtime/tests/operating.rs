//! `docs/operating.md` lists every setting as the table has it.
//!
//! `LP_UPDATE_DOCS=1 cargo test -p lp-runtime --test operating` writes the list anew.

use lp_runtime::settings::table::{SETTINGS, markdown};

const BEGIN: &str = "<!-- settings: written from crates/runtime/src/settings/table.rs -->\n";
const END: &str = "<!-- end of settings -->";

#[test]
fn the_operating_manual_lists_every_setting_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operating.md");
    let manual = std::fs::read_to_string(path).unwrap();
    let (before, rest) = manual.split_once(BEGIN).expect("the mark before the list");
    let (list, after) = rest.split_once(END).expect("the mark after the list");
    if std::env::var_os("LP_UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", markdown())).unwrap();
        return;
    }
    for setting in SETTINGS {
        assert!(list.contains(&format!("| `{}` |", setting.name)), "{} is missing", setting.name);
    }
    assert_eq!(list, markdown(), "the list differs from the table");
}
