use lp_certificates::{Template, TemplateError};

use crate::support::BUNDLED;

fn parsed(inner: &str) -> Result<Template, TemplateError> {
    let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 300'>{inner}</svg>");
    Template::parse(&svg, &BUNDLED)
}

const HEADING: &str = "<text data-tag='h1' y='20'>{{ title }}</text>";

#[test]
fn a_plain_svg_with_placeholders_is_a_template() {
    parsed(&format!("{HEADING}<text data-tag='p' y='40'>{{{{ learner }}}}</text>")).unwrap();
    parsed("{% if grade %}<text data-tag='p' y='40'>{{ words.grade }} {{ grade }}</text>{% endif %}")
        .unwrap();
    parsed("{% for one in signatories %}<text data-tag='p' y='40'>{{ one.name }}</text>{% endfor %}")
        .unwrap();
}

#[test]
fn what_no_certificate_has_is_named() {
    for (inner, unknown) in [
        ("<text data-tag='p'>{{ leaner }}</text>", "leaner"),
        ("<text data-tag='p'>{{ words.grad }}</text>", "words.grad"),
        ("{% if marks %}a{% endif %}", "marks"),
        ("<text data-tag='p'>{{ include(title) }}</text>", "include"),
    ] {
        assert!(matches!(parsed(inner), Err(TemplateError::Unknown { name }) if name == unknown), "{inner}");
    }
    for inner in [
        "{% for course in courses %}<text data-tag='p'>{{ course.mark }}</text>{% endfor %}",
        "{% include 'other.svg' %}",
        "<text data-tag='p'>{{ title</text>",
        "<text data-tag='p'>{{ title|lowercase }}</text>",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{{ block(title, x=0, y=0, width=-1, height=10, size=10) }}",
    ] {
        assert!(matches!(parsed(inner), Err(TemplateError::Template(_))), "{inner}");
    }
}

#[test]
fn a_template_refers_to_nothing_but_itself_and_the_pictures_handed_in() {
    parsed("{% if logo %}<image data-tag='figure' data-alt='Logo' href='{{ logo }}' width='9' height='9'/>{% endif %}")
        .unwrap();
    for inner in [
        "<image href='http://example.org/a.png' width='9' height='9'/>",
        "<image href='/etc/passwd' width='9' height='9'/>",
        "<image href='signature-7' width='9' height='9'/>",
        "<rect fill='url(http://example.org/a.svg#b)' width='9' height='9'/>",
    ] {
        assert!(matches!(parsed(inner), Err(TemplateError::Reference { .. })), "{inner}");
    }
    assert!(matches!(parsed("<script/>"), Err(TemplateError::Element { name }) if name == "script"));
    let entity =
        "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'/>";
    assert!(matches!(Template::parse(entity, &BUNDLED), Err(TemplateError::Xml(_))));
}

#[test]
fn what_only_some_certificates_have_must_be_asked_for_first() {
    // Those without a logo have no image of that name.
    let inner = "<image data-tag='figure' data-alt='Logo' href='{{ logo }}' width='9' height='9'/>";
    let refused = parsed(inner).unwrap_err();
    assert!(matches!(&refused, TemplateError::Reference { target } if target == "None"), "{refused:?}");
}

#[test]
fn rows_of_pages_are_one_or_two_positive_numbers() {
    let parsed = |rows: &str| {
        let svg =
            format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 300' data-rows='{rows}'/>");
        Template::parse(&svg, &BUNDLED)
    };
    assert!(parsed("3").is_ok() && parsed("3 5").is_ok());
    for rows in ["", "0", "0 5", "3 0", "1 2 3", "many"] {
        assert!(matches!(parsed(rows), Err(TemplateError::Rows)), "{rows}");
    }
}
