//! Lets the LMS write, waits until everything is as it must be, and tells what came out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lp_devstack::lms::{Award, Expected, Phase, Sender, Simulation, TOPICS};
use lp_http::MetricsPage;

use super::admin::Admin;
use super::read_back::{Apis, Learner};
use super::view::{Progress, View};
use super::{author, compare, counts, summary};

/// How often the view is brought up to date.
const TICK: Duration = Duration::from_millis(200);

/// So long may nothing change before the demo gives up.
const STALLED: Duration = Duration::from_secs(45);

/// What it takes.
pub(super) struct Drive {
    pub(super) simulation: Simulation,
    pub(super) sender: Sender,
    pub(super) admin: Admin,
    pub(super) apis: Apis,
    pub(super) metrics: MetricsPage,
    pub(super) prefix: String,
}

/// How far the services were brought so far.
#[derive(Default)]
struct Reached {
    written: Arc<AtomicU64>,
    completions: BTreeSet<(i64, String)>,
}

impl Drive {
    /// What came of the learners, if that is what it must be.
    pub(super) async fn run(mut self) -> anyhow::Result<Option<BTreeMap<i64, Learner>>> {
        let everybody = author::expected(&self.simulation);
        author::author(&self.admin, &everybody).await?;
        let mut phases = std::mem::take(&mut self.simulation.phases);
        for phase in &mut phases {
            phase.expected.extend_from_slice(&everybody);
        }
        let (mut reached, mut last) = (Reached::default(), None);
        for phase in &phases {
            println!("{}: {} events", phase.title, phase.messages.len());
            let (seen, differences) = self.phase(phase, &mut reached).await?;
            if !differences.is_empty() {
                summary::print_differences(&differences);
                return Ok(None);
            }
            last = Some((seen, &phase.expected));
        }
        let differences = author::ask_again(&self.admin, &self.simulation).await?;
        if !differences.is_empty() {
            summary::print_differences(&differences);
            return Ok(None);
        }
        if let Some((seen, expected)) = &last {
            summary::print(seen, expected);
        }
        Ok(last.map(|(seen, _)| seen))
    }

    async fn phase(
        &mut self,
        phase: &Phase,
        reached: &mut Reached,
    ) -> anyhow::Result<(BTreeMap<i64, Learner>, Vec<String>)> {
        let goal = goal(phase, reached);
        let mut view = View::new(goal);
        let topics: Vec<String> =
            TOPICS.iter().map(|topic| lp_kafka::full_topic(Some(&self.prefix), topic)).collect();
        let (metrics, written) = (Arc::clone(&self.metrics), Arc::clone(&reached.written));
        let now = || counts::progress(&metrics(), written.load(Ordering::Relaxed), &topics);
        {
            let count = Arc::clone(&reached.written);
            let sending = self.sender.send(&phase.messages, move |sent| {
                count.fetch_add(sent as u64, Ordering::Relaxed);
            });
            tokio::pin!(sending);
            loop {
                tokio::select! {
                    sent = &mut sending => break sent?,
                    () = tokio::time::sleep(TICK) => view.show(now()),
                }
            }
        }
        let learners: BTreeSet<i64> = phase.expected.iter().map(|expected| expected.learner).collect();
        let learners: Vec<i64> = learners.into_iter().collect();
        let (mut before, mut changed) = (Progress::default(), Instant::now());
        loop {
            let progress = now();
            view.show(progress);
            if progress != before {
                (before, changed) = (progress, Instant::now());
            }
            // Reading everything back is dear; it is done once the counts say that it may be there, or at the end.
            let stalled = changed.elapsed() > STALLED;
            if progress.consumed >= goal.consumed || stalled {
                let seen = self.apis.learners(&learners).await?;
                let differences = compare::differences(&phase.expected, &seen);
                if differences.is_empty() || stalled {
                    view.show(now());
                    view.end();
                    return Ok((seen, differences));
                }
            }
            tokio::time::sleep(TICK).await;
        }
    }
}

fn goal(phase: &Phase, reached: &mut Reached) -> Progress {
    let written = reached.written.load(Ordering::Relaxed) + phase.messages.len() as u64;
    let awarded = phase.expected.iter().filter(|expected| expected.award != Award::None);
    reached.completions.extend(awarded.map(|Expected { learner, run_key, .. }| (*learner, run_key.clone())));
    let completions = reached.completions.len() as u64;
    Progress { written, consumed: written, completions, awards: completions }
}
