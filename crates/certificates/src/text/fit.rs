//! The size and the lines in which a text fits its box.

use std::ops::Range;

/// Smaller than this nothing is written; what then does not fit is cut.
const LEAST: f32 = 4.0;
/// From one size that is tried to the next.
const STEP: f32 = 0.97;
/// A text stays on one line if it need not be smaller than this share of its size on several.
const ONE_LINE: f32 = 0.72;

/// A piece's widths at size 1, with and without the spaces at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Width {
    pub(super) with_space: f32,
    pub(super) without: f32,
}

/// Width, height, the size that is wanted, and the distance of lines at size 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) size: f32,
    pub(super) leading: f32,
}

/// Lines as ranges of pieces.
#[derive(Debug, PartialEq)]
pub(super) struct Fit {
    pub(super) size: f32,
    pub(super) lines: Vec<Range<usize>>,
    /// Whether the last line is followed by more.
    pub(super) is_cut: bool,
}

/// The largest size, up to the wanted one, in which all fits; lines of about the same length if `balanced`.
pub(super) fn fit(widths: &[Width], room: Room, balanced: bool) -> Fit {
    let one = room.size.min(room.width / width_of(widths).max(f32::EPSILON));
    let mut size = room.size;
    loop {
        let most = room.width / size;
        let lines = wrap(widths, most);
        let fits = |lines: &[Range<usize>]| {
            #[expect(clippy::cast_precision_loss, reason = "a few lines")]
            let height = lines.len() as f32 * size * room.leading;
            height <= room.height + 0.01
                && lines.iter().all(|line| width_of(&widths[line.clone()]) <= most + 0.001)
        };
        if one >= LEAST && one >= size * ONE_LINE {
            return Fit { size: one, lines: whole(widths), is_cut: false };
        }
        if fits(&lines) {
            let lines = if balanced { balance(widths, lines, most) } else { lines };
            return Fit { size, lines, is_cut: false };
        }
        if size * STEP < LEAST {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few lines")]
            let most = ((room.height / (size * room.leading)) as usize).max(1);
            let is_cut = lines.len() > most;
            return Fit { size, lines: lines.into_iter().take(most).collect(), is_cut };
        }
        size *= STEP;
    }
}

fn whole(widths: &[Width]) -> Vec<Range<usize>> {
    vec![Range { start: 0, end: widths.len() }]
}

/// As many pieces on each line as it takes.
fn wrap(widths: &[Width], most: f32) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    for (at, piece) in widths.iter().enumerate() {
        if at > start && used + piece.without > most {
            lines.push(start..at);
            (start, used) = (at, 0.0);
        }
        used += piece.with_space;
    }
    lines.push(start..widths.len());
    lines
}

/// The narrowest lines that are not more of them.
fn balance(widths: &[Width], lines: Vec<Range<usize>>, most: f32) -> Vec<Range<usize>> {
    let (mut narrow, mut wide, mut best) = (0.0, most, lines);
    for _ in 0..12 {
        let middle = f32::midpoint(narrow, wide);
        let tried = wrap(widths, middle);
        let overflows = tried.iter().any(|line| width_of(&widths[line.clone()]) > middle);
        if tried.len() > best.len() || overflows {
            narrow = middle;
        } else {
            (wide, best) = (middle, tried);
        }
    }
    best
}

/// Of a line: the spaces at its end do not count.
pub(super) fn width_of(line: &[Width]) -> f32 {
    let Some((last, before)) = line.split_last() else { return 0.0 };
    before.iter().map(|piece| piece.with_space).sum::<f32>() + last.without
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize, width: f32) -> Vec<Width> {
        vec![Width { with_space: width + 1.0, without: width }; count]
    }

    const ROOM: Room = Room { width: 100.0, height: 30.0, size: 10.0, leading: 1.0 };

    #[test]
    fn what_fits_keeps_its_size_and_stays_on_one_line() {
        let fit = fit(&words(2, 4.0), ROOM, true);
        assert_eq!(fit, Fit { size: 10.0, lines: whole(&words(2, 4.0)), is_cut: false });
    }

    #[test]
    fn what_is_a_little_too_long_becomes_smaller_before_it_wraps() {
        let fit = fit(&words(2, 5.5), ROOM, true);
        assert_eq!(fit.lines, whole(&words(2, 5.5)));
        assert!((fit.size - 100.0 / 12.0).abs() < 0.01, "{}", fit.size);
    }

    #[test]
    fn what_is_much_too_long_wraps_into_lines_of_about_one_length() {
        let fit = fit(&words(4, 4.0), ROOM, true);
        assert_eq!((fit.size, fit.lines), (10.0, vec![0..2, 2..4]));
    }

    #[test]
    fn a_paragraph_fills_its_lines() {
        let words = words(4, 2.9);
        assert_eq!(fit(&words, ROOM, false).lines, [0..2, 2..4]);
        assert_eq!(fit(&[&words[..], &words[..1]].concat(), ROOM, false).lines, [0..2, 2..4, 4..5]);
    }

    #[test]
    fn no_line_is_wider_nor_the_whole_higher_than_the_box() {
        for count in [1, 3, 10, 57, 70] {
            let words = words(count, 1.3);
            let fit = fit(&words, ROOM, true);
            assert!(!fit.is_cut);
            assert!(
                fit.lines.iter().all(|line| width_of(&words[line.clone()]) * fit.size <= 100.1),
                "{fit:?}"
            );
            assert!(u16::try_from(fit.lines.len()).map(f32::from).unwrap() * fit.size <= 30.1, "{fit:?}");
            assert_eq!(fit.lines.last().unwrap().end, count);
        }
    }

    #[test]
    fn what_fits_in_no_size_is_cut() {
        let fit = fit(&words(3000, 1.0), ROOM, true);
        assert!(fit.is_cut && fit.size >= LEAST && fit.lines.len() <= 7, "{fit:?}");
    }
}
