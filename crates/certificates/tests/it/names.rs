use lp_certificates::{Conformance, Language, Template};

use crate::support::{BUNDLED, DESIGNS, FONTS, NAMES, certificate};

#[test]
fn names_conform_wherever_a_font_has_their_letters() {
    let design = &DESIGNS[0];
    for (script, name) in NAMES {
        let is_there = name.chars().all(|character| FONTS.has(character));
        let expected = if is_there { Conformance::Archive } else { Conformance::Plain };
        let drawn = design.pdf(&certificate(name, Language::English)).unwrap();
        assert_eq!(drawn.conformance, expected, "{script}");
    }
}

#[test]
fn no_name_is_markup_a_placeholder_or_an_error() {
    let design = &DESIGNS[0];
    let preview = Template::preview(&BUNDLED).unwrap();
    let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(9);
    for name in [
        "</text></g></svg>",
        "<script>alert(1)</script>",
        "<image href=\"file:///etc/passwd\"/>",
        "]]> <!-- & &amp; &lt; &#0; -->",
        "\"' onload='x' \"",
        "{{ verify_url }} {% raw %} {# #}",
        "url(http://example.org/)",
        "\u{202e}Ada\u{2067}\u{2066}\u{200f}\u{feff}",
        "Ada\u{0}\u{1b}[31m\u{7f}\r\n\u{85}\u{ffff}",
        "👩🏽\u{200d}🔬 Ada 🏴\u{e0067}\u{e0062}\u{e007f} 🇳🇴",
        "A\u{301}\u{302}\u{303}\u{304}\u{305}\u{306} Z\u{34f}\u{fe0f}",
        "\u{e000}\u{10ffff}\u{378}",
        "",
        " ",
        &"W".repeat(300),
        &"北".repeat(300),
        &long,
    ] {
        for language in [Language::English, Language::Arabic] {
            let mut certificate = certificate(name, language);
            certificate.title = name.into();
            certificate.organisation = name.into();
            certificate.description = Some(name.into());
            certificate.credential_id = name.into();
            certificate.verify_url = name.into();
            certificate.courses[0].title = name.into();
            certificate.signatories[0].name = name.into();
            let drawn = design.pdf(&certificate).unwrap_or_else(|error| panic!("{name:?}: {error}"));
            if name.is_ascii() && language == Language::English {
                assert_eq!(drawn.conformance, Conformance::Archive, "{name:?}");
            }
        }
        let preview = preview.png(&certificate(name, Language::English));
        assert!(preview.is_ok(), "{name:?}");
    }
}
