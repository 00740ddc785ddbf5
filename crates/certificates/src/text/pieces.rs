use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation as _;

/// Graphemes of a piece that may be cut anywhere: a word of more will fit on no line.
const LONG: usize = 24;
/// Graphemes of what such a piece is cut into.
const CUT: usize = 6;

/// The parts between which a line may end (UAX 14), spaces at their ends.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    for (end, _) in linebreaks(text) {
        let piece = &text[begin..end];
        begin = end;
        let graphemes: Vec<(usize, &str)> = piece.grapheme_indices(true).collect();
        if graphemes.len() <= LONG {
            pieces.push(piece);
            continue;
        }
        let starts = graphemes.iter().step_by(CUT).map(|(at, _)| *at);
        let ends = starts.clone().skip(1).chain([piece.len()]);
        pieces.extend(starts.zip(ends).map(|(start, end)| &piece[start..end]));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_spaces_after_ideographs_and_in_words_without_end() {
        assert_eq!(pieces("Ada King-Noel"), ["Ada ", "King-", "Noel"]);
        assert_eq!(pieces("北京大学"), ["北", "京", "大", "学"]);
        let long = "x".repeat(300);
        assert_eq!(pieces(&long).concat(), long);
        assert_eq!(pieces(&long).len(), 50);
        assert!(pieces("").is_empty());
    }
}
