//! What the demo shows while it runs: bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Plain lines come no more often than this.
const PLAIN_EVERY: Duration = Duration::from_secs(2);

/// How far the demo is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Events that the LMS wrote.
    pub(crate) written: u64,
    /// Events that the consumer took in.
    pub(crate) consumed: u64,
    /// Path completions that the query API knows.
    pub(crate) completions: u64,
    /// Awards that the credentials service has.
    pub(crate) awards: u64,
}

/// The terminal, or whatever standard output is.
pub(crate) struct View {
    bars: Option<[ProgressBar; 4]>,
    goal: Progress,
    told: Option<(Instant, Progress)>,
}

impl View {
    /// A view of the way to `goal`.
    pub(crate) fn new(goal: Progress) -> Self {
        let bars = std::io::stdout().is_terminal().then(|| bars(goal));
        Self { bars, goal, told: None }
    }

    pub(crate) fn show(&mut self, now: Progress) {
        if let Some([written, consumed, completions, awards]) = &self.bars {
            written.set_position(now.written);
            consumed.set_position(now.consumed);
            completions.set_position(now.completions);
            awards.set_position(now.awards);
            return;
        }
        let due = self.told.is_none_or(|(at, told)| told != now && at.elapsed() >= PLAIN_EVERY);
        if due || now == self.goal {
            self.told = Some((Instant::now(), now));
            println!("{}", plain(now, self.goal));
        }
    }

    /// Leaves the bars as they are; text may follow.
    pub(crate) fn end(self) {
        for bar in self.bars.into_iter().flatten() {
            bar.abandon();
        }
    }
}

fn plain(now: Progress, goal: Progress) -> String {
    format!(
        "events written {}/{}, taken in {}/{}, completions {}/{}, awards {}/{}",
        now.written,
        goal.written,
        now.consumed,
        goal.consumed,
        now.completions,
        goal.completions,
        now.awards,
        goal.awards
    )
}

fn bars(goal: Progress) -> [ProgressBar; 4] {
    let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
    let style = ProgressStyle::with_template("{prefix:>18} {bar:40.cyan/blue} {pos:>7}/{len:<7} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    [
        ("LMS writes", goal.written),
        ("consumer takes in", goal.consumed),
        ("paths completed", goal.completions),
        ("awards", goal.awards),
    ]
    .map(|(name, length)| all.add(ProgressBar::new(length).with_prefix(name).with_style(style.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_everything_is() {
        let goal = Progress { written: 10, consumed: 9, completions: 8, awards: 7 };
        let line = plain(Progress { written: 1, ..Progress::default() }, goal);
        assert_eq!(line, "events written 1/10, taken in 0/9, completions 0/8, awards 0/7");
    }
}
