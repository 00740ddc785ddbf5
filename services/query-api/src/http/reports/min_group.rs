//! Counts that would say something of single people.

/// The least number of learners who are counted openly; smaller groups are hidden. 0 or 1: none is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MinGroup(u32);

impl MinGroup {
    /// Of so many learners.
    #[must_use]
    pub fn new(learners: u32) -> Self {
        Self(learners)
    }

    /// Whether a count must be hidden for itself. Nobody is no group.
    pub(super) fn hides(self, learners: i64) -> bool {
        learners > 0 && learners < i64::from(self.0)
    }

    /// The parts of a whole that may be known too: a part that would follow by subtraction is hidden with another, the smallest, until
    /// what is hidden is large enough together.
    pub(super) fn parts(self, parts: &[i64]) -> Vec<Option<i64>> {
        let mut shown: Vec<Option<i64>> =
            parts.iter().map(|part| Some(*part).filter(|part| !self.hides(*part))).collect();
        loop {
            let hidden: Vec<i64> = parts
                .iter()
                .zip(&shown)
                .filter(|(_, shown)| shown.is_none())
                .map(|(part, _)| *part)
                .collect();
            let together: i64 = hidden.iter().sum();
            if hidden.is_empty() || (hidden.len() > 1 && !self.hides(together)) {
                return shown;
            }
            let open = shown.iter().enumerate().filter_map(|(at, shown)| Some((at, (*shown)?)));
            let Some((smallest, _)) = open.filter(|(_, part)| *part > 0).min_by_key(|(_, part)| *part) else {
                return shown;
            };
            shown[smallest] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_is_hidden_with_the_next_so_that_it_does_not_follow_from_the_whole() {
        let five = MinGroup::new(5);
        assert_eq!(five.parts(&[100, 3, 20]), [Some(100), None, None]);
        assert_eq!(five.parts(&[100, 3, 2, 20]), [Some(100), None, None, Some(20)]);
        assert_eq!(five.parts(&[100, 1, 2, 20]), [Some(100), None, None, None]);
        assert_eq!(five.parts(&[3, 0, 0]), [None, Some(0), Some(0)], "nothing else is there");
        assert_eq!(five.parts(&[5, 7, 0]), [Some(5), Some(7), Some(0)]);
        assert_eq!(MinGroup::default().parts(&[1, 0, 2]), [Some(1), Some(0), Some(2)]);
    }
}
