//! What an address means, whatever the key in it holds.
//!
//! The router knows a key as one segment of an address. Clients send keys as they are, and a key may hold a slash; the MFE of years
//! ago put `learning-paths/` before some. Both become the address that the router knows.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Where the plugin's routes lie.
pub(super) const PREFIX: &str = "/api/learning_paths/v1/";

/// What stands for itself in a segment.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+').remove(b':');

/// The address of the same thing that the router knows, with the prefix; `None` where there is no such thing.
pub(super) fn canonical(path: &str) -> Option<String> {
    let rest = percent_decode_str(path.strip_prefix(PREFIX)?).decode_utf8().ok()?;
    let segment = |text: &str| utf8_percent_encode(text, SEGMENT).to_string();
    if matches!(&*rest, "programs/" | "learning-paths/" | "enrollments/" | "enrollments/bulk-enroll/") {
        return Some(format!("{PREFIX}{rest}"));
    }
    if let Some(number) = rest.strip_prefix("programs/") {
        return one_segment(number).map(|number| format!("{PREFIX}programs/{}/", segment(number)));
    }
    let bare = rest.strip_prefix("learning-paths/");
    let below = below_key(bare.filter(|rest| rest.starts_with("path-v1:")).unwrap_or(&rest));
    if let Some((key, what)) = below {
        return Some(match what {
            Below::Named(name) => format!("{PREFIX}{}/{name}/", segment(key)),
            Below::Course(course) => format!("{PREFIX}{}/enrollments/{}/", segment(key), segment(course)),
        });
    }
    let key = bare?.strip_suffix('/').filter(|key| !key.is_empty())?;
    Some(format!("{PREFIX}learning-paths/{}/", segment(key)))
}

fn one_segment(rest: &str) -> Option<&str> {
    rest.strip_suffix('/').filter(|segment| !segment.is_empty() && !segment.contains('/'))
}

/// What lies below a key.
enum Below<'a> {
    Named(&'static str),
    Course(&'a str),
}

fn below_key(rest: &str) -> Option<(&str, Below<'_>)> {
    let rest = rest.strip_suffix('/')?;
    for name in ["progress", "grade", "enrollments"] {
        let key = rest.strip_suffix(name).and_then(|rest| rest.strip_suffix('/'));
        if let Some(key) = key.filter(|key| key.contains(':')) {
            return Some((key, Below::Named(name)));
        }
    }
    let (key, course) = rest.rsplit_once("/enrollments/course-v1:")?;
    let course_at = rest.len() - course.len() - "course-v1:".len();
    key.contains(':').then(|| (key, Below::Course(&rest[course_at..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(path: &str) -> Option<String> {
        canonical(&format!("{PREFIX}{path}")).map(|path| path.replacen(PREFIX, "", 1))
    }

    #[test]
    fn an_address_that_the_router_knows_stays_as_it_is() {
        for path in [
            "programs/",
            "programs/7/",
            "learning-paths/",
            "learning-paths/path-v1:OX+D.1+2026+a/",
            "path-v1:OX+D.1+2026+a/progress/",
            "path-v1:OX+P+2026+a/enrollments/course-v1:OX+C1+2026/",
            "enrollments/",
            "enrollments/bulk-enroll/",
        ] {
            assert_eq!(means(path).as_deref(), Some(path));
        }
    }

    #[test]
    fn a_key_keeps_its_odd_characters_and_is_one_segment() {
        let odd = "path-v1:O%20X+a%2Fb%3F%23+%25+%F0%9F%A6%80";
        for (asked, known) in [
            ("path-v1:OX+a/b+r+g/grade/", "path-v1:OX+a%2Fb+r+g/grade/".to_owned()),
            ("learning-paths/path-v1:OX+a/b+r+g/", "learning-paths/path-v1:OX+a%2Fb+r+g/".to_owned()),
            (&format!("{odd}/enrollments/"), format!("{odd}/enrollments/")),
            ("path-v1%3AOX%2BP%2Br%2Bg/grade/", "path-v1:OX+P+r+g/grade/".to_owned()),
        ] {
            assert_eq!(means(asked), Some(known), "{asked}");
        }
    }

    #[test]
    fn trap_4_the_old_prefix_of_progress_is_known_and_a_tail_is_not() {
        let old = means("learning-paths/path-v1:OX+P+r+g/progress/");
        assert_eq!(old.as_deref(), Some("path-v1:OX+P+r+g/progress/"));
        for path in ["path-v1:OX+P+r+g/progress/tail/", "progress/", "x/y/", "path-v1:OX+P+r+g/", "", "%FF/"]
        {
            assert_eq!(means(path), None, "{path}");
        }
    }
}
