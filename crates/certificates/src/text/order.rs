use unicode_bidi::{BidiInfo, Level};
use usvg::fontdb::ID;

use super::faces::{Part, parts};
use crate::Fonts;

/// A part of a line in one font and direction.
#[derive(Debug, PartialEq)]
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    /// Where in the line it begins.
    pub(super) start: usize,
    pub(super) face: Option<ID>,
    pub(super) rtl: bool,
}

/// Parts of a line from left to right (UAX 9); `rtl` is the direction of the paragraph.
pub(super) fn runs<'a>(fonts: &Fonts, own: ID, line: &'a str, rtl: bool) -> Vec<Run<'a>> {
    let level = if rtl { Level::rtl() } else { Level::ltr() };
    let info = BidiInfo::new(line, Some(level));
    let Some(paragraph) = info.paragraphs.first() else { return Vec::new() };
    let (levels, ranges) = info.visual_runs(paragraph, paragraph.range.clone());
    let mut runs = Vec::new();
    for range in ranges {
        let rtl = levels[range.start].is_rtl();
        let text = &line[range.clone()];
        let run = |part: Part| {
            let start = range.start + part.range.start;
            Run { text: &text[part.range], start, face: part.face, rtl }
        };
        let parts = parts(fonts, own, text).into_iter().map(run);
        if rtl { runs.extend(parts.rev()) } else { runs.extend(parts) }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(line: &str, rtl: bool) -> Vec<(String, bool)> {
        let fonts = Fonts::bundled();
        let own = fonts.find("", 400, false);
        runs(&fonts, own, line, rtl).into_iter().map(|run| (run.text.to_owned(), run.rtl)).collect()
    }

    #[test]
    fn words_stand_as_the_paragraph_reads() {
        let (ada, sara) = (("Ada ".to_owned(), false), ("שרה".to_owned(), true));
        assert_eq!(ordered("Ada שרה", false), [ada, sara]);
        assert_eq!(ordered("שרה Ada", true), [("Ada".to_owned(), false), ("שרה ".to_owned(), true)]);
    }

    #[test]
    fn numbers_stay_as_they_are() {
        let runs = ordered("1 שרה 2026", true);
        let texts: Vec<&str> = runs.iter().map(|(text, _)| &**text).collect();
        assert_eq!(texts, ["2026", " שרה ", "1"]);
    }
}
