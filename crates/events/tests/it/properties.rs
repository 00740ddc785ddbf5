//! What holds for any bytes and any values.

use lp_domain::RunKey;
use lp_events::{
    CountedContext, Decoded, Envelope, PathCompleted, PathEvent, Profile, WriterSchema, decode, event_type,
    frame, open,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::{Message, at, context, is_reason, learner, messages, ratio};

fn any_message() -> impl Strategy<Value = Message> {
    proptest::sample::select(messages())
}

proptest! {
    #[test]
    fn random_bytes_are_read_or_poison(message in any_message(), body in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(poison) = message.with_payload(frame::join(1, &body)).read() {
            prop_assert!(is_reason(poison.reason));
        }
    }

    #[test]
    fn random_payloads_are_read_or_poison(message in any_message(), payload in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = message.with_payload(payload).read();
    }

    #[test]
    fn random_headers_are_read_or_poison(
        message in any_message(),
        header in any::<proptest::sample::Index>(),
        value in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
    ) {
        let mut message = message;
        let header = header.index(message.headers.len());
        message.headers[header].1 = value;
        let _ = open(&message.headers, message.payload.as_deref());
    }

    #[test]
    fn spliced_messages_are_read_or_poison(
        first in any_message(),
        second in any_message(),
        cuts in any::<(proptest::sample::Index, proptest::sample::Index)>(),
    ) {
        let (head, tail) = (first.payload.clone().unwrap(), second.payload.unwrap());
        let mut payload = head[..cuts.0.index(head.len())].to_vec();
        payload.extend_from_slice(&tail[cuts.1.index(tail.len())..]);
        let _ = first.with_payload(payload).read();
    }

    #[test]
    fn random_schema_texts_are_parsed_or_poison(message in any_message(), at in any::<proptest::sample::Index>(), byte in 32u8..127) {
        let mut text = message.schema.clone().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let mut message = message;
        message.schema = String::from_utf8(text).unwrap();
        let _ = message.read();
    }

    #[test]
    fn our_event_comes_back_whatever_its_values(
        completion in any::<u128>(),
        id in 1..=i64::MAX,
        texts in any::<[String; 4]>(),
        is_active in any::<bool>(),
        counts in (1..=u32::MAX, 1..=u32::MAX),
        micros in 0..253_402_300_800_000_000_i64,
        grade in proptest::option::of(0.0..=1.0),
        progress in 0.0..=1.0,
        contexts in proptest::collection::vec(
            (any::<Option<String>>(), proptest::option::of(0.0..=1.0), proptest::option::of(0..253_402_300_800_000_000_i64)),
            0..5,
        ),
    ) {
        let [username, email, name, display_name] = texts.map(|text| text.replace('\0', ""));
        let event = PathEvent::Completed(PathCompleted {
            completion_id: Uuid::from_u128(completion),
            user: Profile { learner: learner(id), username, email, name, is_active },
            run: RunKey::parse("path-v1:a+b+c+d").unwrap(),
            display_name,
            revision: counts.0,
            attempt: counts.1,
            completed_at: chrono::DateTime::from_timestamp_micros(micros).unwrap().try_into().unwrap(),
            grade: grade.map(ratio),
            progress: ratio(progress),
            contexts: contexts.into_iter().enumerate().map(|(number, (title, grade, micros))| CountedContext {
                key: context(&format!("course-v1:a+b+{number}")),
                title: title.map(|title| title.replace('\0', "")).filter(|title| !title.is_empty()),
                grade: grade.map(ratio),
                completed_at: micros.map(|micros| chrono::DateTime::from_timestamp_micros(micros).unwrap().try_into().unwrap()),
            }).collect(),
        });
        let envelope = Envelope {
            event_type: event_type::PATH_COMPLETED.into(),
            id: Uuid::nil(),
            time: at("2026-05-01T00:00:00Z"),
            source: None,
            minorversion: 0,
            sourcelib: None,
            traceparent: None,
        };
        let schema = WriterSchema::parse(event.schema_text()).unwrap();
        prop_assert_eq!(decode(&envelope, &schema, &event.encode_body()), Ok(Decoded::Path(event)));
    }
}
