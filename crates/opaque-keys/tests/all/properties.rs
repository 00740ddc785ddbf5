//! What holds for all texts.

use std::str::FromStr as _;
use std::sync::Arc;

use opaque_keys::{
    CollectionKey, ContainerKey, CourseKey, LegacyLibraryKey, LibraryKey, MAX_CHARACTERS, OpaqueKey, PathKey,
    UsageKey,
};
use proptest::prelude::*;

/// Keys as they print, one pattern a grammar.
fn printed_key() -> impl Strategy<Value = String> {
    const ID: &str = r"[\p{L}\p{N}_~.:-]{1,12}";
    const WORD: &str = r"[\p{L}\p{N}_.%-]{1,12}";
    const ASCII: &str = "[a-zA-Z0-9_.-]{1,12}";
    const SLUG: &str = r"[\p{L}\p{N}_.-]{1,12}";
    const PART: &str = r"[^+\p{Cc}]{1,20}";
    const HEX: &str = "[0-9a-f]{24}";
    let course = format!(r"{ID}\+{ID}\+{ID}(\+branch@{ID})?(\+version@{HEX})?");
    let library = format!(r"{ID}\+{ID}(\+branch@{ID})?(\+version@{HEX})?");
    let block = format!(r"\+type@{ID}\+block@{ID}");
    let patterns = [
        format!("course-v1:({course}|version@{HEX})"),
        format!("{WORD}/{WORD}/({WORD})?"),
        format!(r"ccx-v1:{course}\+ccx@\p{{Nd}}{{1,8}}"),
        format!("library-v1:{library}"),
        format!("lib:{ASCII}:{SLUG}"),
        format!(r"path-v1:{PART}\+{PART}\+{PART}\+{PART}"),
        format!("block-v1:{course}{block}"),
        format!(r"ccx-block-v1:{course}\+ccx@\p{{Nd}}{{1,8}}{block}"),
        format!("lib-block-v1:{library}{block}"),
        format!("lb:{ASCII}:{SLUG}:{ASCII}:{SLUG}"),
        format!("lib-collection:{ASCII}:{SLUG}:{SLUG}"),
        format!("lct:{ASCII}:{SLUG}:{ASCII}:{SLUG}"),
        format!(r"i4x://{WORD}/{WORD}/[^/\p{{Cc}}]{{1,12}}/[\p{{L}}\p{{N}}_~.:%-]{{1,12}}(@{ID})?"),
    ];
    let strategies: Vec<_> =
        patterns.iter().map(|pattern| proptest::string::string_regex(pattern).unwrap().boxed()).collect();
    proptest::strategy::Union::new(strategies)
}

proptest! {
    #[test]
    fn printing_what_was_parsed_gives_the_key_back(text in printed_key()) {
        let key = OpaqueKey::parse(&text).unwrap();
        prop_assert_eq!(key.to_string(), text.as_str());
        prop_assert_eq!(key.as_ref(), text.as_str());
        prop_assert_eq!(Arc::<str>::from(key.clone()), Arc::<str>::from(text.as_str()));
        prop_assert_eq!(OpaqueKey::from_str(&text), Ok(key.clone()));
        let json = serde_json::to_string(&key).unwrap();
        prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
        prop_assert_eq!(serde_json::from_str::<OpaqueKey>(&json).unwrap(), key);
    }

    #[test]
    fn a_key_is_of_one_type(text in printed_key()) {
        let types = [
            CourseKey::parse(&text).map(String::from),
            LegacyLibraryKey::parse(&text).map(String::from),
            LibraryKey::parse(&text).map(String::from),
            PathKey::parse(&text).map(String::from),
            UsageKey::parse(&text).map(String::from),
            CollectionKey::parse(&text).map(String::from),
            ContainerKey::parse(&text).map(String::from),
        ];
        let read: Vec<_> = types.into_iter().flatten().collect();
        prop_assert_eq!(read, [text]);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_text_after_a_namespace_is_read_or_refused(
        namespace in "course-v1|slashes|ccx-v1|library-v1|lib|path-v1|block-v1|ccx-block-v1|lib-block-v1|lb|lct|i4x",
        rest in r"([+/:@]|version@[0-9a-f]{24}|branch@|ccx@|type@|block@|\PC|[a-z]){0,12}",
    ) {
        check(&format!("{namespace}:{rest}"));
    }

    #[test]
    fn a_spoilt_key_is_read_or_refused(text in printed_key(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        characters[at] = c;
        check(&characters.into_iter().collect::<String>());
    }
}

/// A text that is read prints as a key that reads as the same key.
fn check(text: &str) {
    let Ok(key) = OpaqueKey::parse(text) else { return };
    assert_eq!(OpaqueKey::parse(key.as_str()).as_ref(), Ok(&key));
    assert!(key.as_str().chars().count() <= MAX_CHARACTERS);
    assert!(!key.as_str().chars().any(char::is_control));
    assert_eq!(key.is_usage(), matches!(key, OpaqueKey::Usage(_)));
    assert!(key.course_key().is_none() || key.is_usage());
    assert_ne!(key.org(), Some(""));
}

#[test]
fn a_control_character_anywhere_is_refused() {
    for c in ('\0'..='\u{9f}').filter(|c| c.is_control()) {
        for text in [format!("path-v1:a+b{c}+c+d"), format!("i4x://o/c/t{c}/n"), format!("lib:a:b{c}")] {
            assert!(OpaqueKey::parse(&text).is_err(), "{text:?}");
        }
    }
}

#[test]
fn the_parts_of_a_path_run_are_its_own() {
    let key = PathKey::parse("path-v1:Open edX+Py/thon+2026?+Ü").unwrap();
    assert_eq!([key.org(), key.number(), key.run(), key.group()], ["Open edX", "Py/thon", "2026?", "Ü"]);
}
