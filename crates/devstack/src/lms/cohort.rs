//! Learners, what they do, and the messages of it.

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

use super::everybody::course_key;
use super::expect::{Expected, Passed, Rule, Run};
use super::message::{Message, Writer};

const COURSES: usize = 8;
/// The LMS user id of the first learner.
const FIRST_LEARNER: i64 = 1001;

const RUNS: [Run; 3] = [
    Run { key: "path-v1:DemoX+DATA+2026+open", rule: Rule::All, revocable: false, courses: &[1, 2, 3] },
    Run { key: "path-v1:DemoX+WEB+2026+open", rule: Rule::AtLeast(2), revocable: false, courses: &[2, 4, 5] },
    Run { key: "path-v1:DemoX+SAFETY+2026+staff", rule: Rule::All, revocable: true, courses: &[1, 6] },
];

/// The runs above, as the import file has them.
const CATALOGUE: &str = "\
paths:
  - organisation: DemoX
    number: DATA
    title: Data analyst
    runs:
      - key: path-v1:DemoX+DATA+2026+open
        items:
          - {id: c1, key: course-v1:DemoX+C1+2026, title: Numbers}
          - {id: c2, key: course-v1:DemoX+C2+2026, title: Programs}
          - {id: c3, key: course-v1:DemoX+C3+2026, title: Data, weight: 2}
          - {id: c7, key: course-v1:DemoX+C7+2026, title: Essays (optional)}
        requirement: {all_of: [{item: c1}, {item: c2}, {item: c3}]}
  - organisation: DemoX
    number: WEB
    title: Web developer
    runs:
      - key: path-v1:DemoX+WEB+2026+open
        items:
          - {id: c2, key: course-v1:DemoX+C2+2026, title: Programs}
          - {id: c4, key: course-v1:DemoX+C4+2026, title: Pages}
          - {id: c5, key: course-v1:DemoX+C5+2026, title: Servers}
        requirement: {at_least: {k: 2, of: [{item: c2}, {item: c4}, {item: c5}]}}
  - organisation: DemoX
    number: SAFETY
    title: Laboratory safety
    runs:
      - key: path-v1:DemoX+SAFETY+2026+staff
        policy: {regression: revocable}
        items:
          - {id: c1, key: course-v1:DemoX+C1+2026, title: Numbers}
          - {id: c6, key: course-v1:DemoX+C6+2026, title: Hazards}
        requirement: {in_order: [{item: c1}, {item: c6}]}
";

/// A cohort and all that happens to it.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// Paths, runs and enrolments, as an import file.
    pub import: String,
    /// What happens, one after the other; within a phase messages come in any order.
    pub phases: Vec<Phase>,
    /// What each learner did in each course.
    pub(super) cohort: Vec<(i64, Vec<Passed>)>,
}

/// Messages, and the state that must be reached when all of them and of the phases before were read.
#[derive(Debug, Clone)]
pub struct Phase {
    /// What happens in it.
    pub title: &'static str,
    /// The messages in the order in which they are sent.
    pub messages: Vec<Message>,
    /// For every learner and run in which they are enrolled.
    pub expected: Vec<Expected>,
}

impl Simulation {
    /// The same seed gives the same simulation.
    #[must_use]
    pub fn new(seed: u64, learners: u32) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let (mut work, mut regrades) = (Vec::new(), Vec::new());
        let (mut at_first, mut at_last) = (Vec::new(), Vec::new());
        let mut enrolled: Vec<Vec<i64>> = vec![Vec::new(); RUNS.len()];
        let mut cohort = Vec::with_capacity(learners as usize);
        for learner in (FIRST_LEARNER..).take(learners as usize) {
            let mut story = Story {
                random: &mut random,
                writer: Writer { learner },
                work: Vec::new(),
                regrades: Vec::new(),
            };
            let courses: Vec<Passed> = (0..COURSES).map(|course| story.course(course)).collect();
            work.append(&mut story.work);
            regrades.append(&mut story.regrades);
            let favourite = random.random_range(0..RUNS.len());
            for (place, run) in RUNS.iter().enumerate() {
                if place == favourite || random.random_bool(0.4) {
                    enrolled[place].push(learner);
                    at_first.push(run.expected(learner, &courses, false));
                    at_last.push(run.expected(learner, &courses, true));
                }
            }
            cohort.push((learner, courses));
        }
        Self {
            import: import(&enrolled),
            phases: vec![
                Phase {
                    title: "courses are taken",
                    messages: disorder(&mut random, work),
                    expected: at_first,
                },
                Phase {
                    title: "some are regraded and fail",
                    messages: disorder(&mut random, regrades),
                    expected: at_last,
                },
            ],
            cohort,
        }
    }
}

fn import(enrolled: &[Vec<i64>]) -> String {
    let enrolments = RUNS.iter().zip(enrolled).filter(|(_, learners)| !learners.is_empty());
    enrolments.fold(format!("{CATALOGUE}enrolments:\n"), |text, (run, learners)| {
        let key = run.key;
        text + &format!("  - {{run: {key}, enrolled_at: 2026-01-01T00:00:00Z, learners: {learners:?}}}\n")
    })
}

/// Duplicates some messages and brings all into an order in which they may arrive: roughly by time, some much too late.
fn disorder(random: &mut StdRng, messages: Vec<Message>) -> Vec<Message> {
    let mut placed: Vec<(DateTime<Utc>, Message)> = Vec::with_capacity(messages.len());
    for message in messages {
        if random.random_bool(0.05) {
            placed.push((message.time + TimeDelta::hours(random.random_range(0..200)), message.clone()));
        }
        let late =
            if random.random_bool(0.1) { random.random_range(0..2_000) } else { random.random_range(0..3) };
        placed.push((message.time + TimeDelta::hours(late), message));
    }
    placed.shuffle(random);
    placed.sort_by_key(|(arrival, _)| *arrival);
    placed.into_iter().map(|(_, message)| message).collect()
}

/// One learner's doings.
struct Story<'a> {
    random: &'a mut StdRng,
    writer: Writer,
    work: Vec<Message>,
    regrades: Vec<Message>,
}

impl Story<'_> {
    fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.random.random()).into_uuid()
    }

    fn after(&mut self, at: DateTime<Utc>, most_hours: i64) -> DateTime<Utc> {
        at + TimeDelta::microseconds(self.random.random_range(1_000_000..most_hours * 3_600_000_000))
    }

    /// What the learner does in a course: nothing, some of it, or passing it; then perhaps failing a regrade.
    fn course(&mut self, number: usize) -> Passed {
        let course = course_key(number);
        if self.random.random_bool(0.12) {
            return Passed::default();
        }
        let begun = self.after(DateTime::UNIX_EPOCH + TimeDelta::days(20_458), 24 * 60);
        let id = self.id();
        self.work.push(self.writer.enrolment(id, begun, &course, true));
        let mut at = begun;
        // The LMS says "not passing" at each submission until it is.
        for _ in 0..self.random.random_range(1..4) {
            at = self.after(at, 200);
            let id = self.id();
            self.work.push(self.writer.passing(id, at, &course, false));
        }
        if self.random.random_bool(0.1) {
            let id = self.id();
            self.work.push(Writer::noise(id, at, &course));
        }
        if self.random.random_bool(0.15) {
            return Passed::default();
        }
        let passed = self.after(at, 300);
        self.pass(&course, passed);
        let failed_since = self.random.random_bool(0.1);
        if failed_since {
            self.fail(&course);
        }
        Passed { first: Some(passed), failed_since }
    }

    fn pass(&mut self, course: &str, passed: DateTime<Utc>) {
        let mut at = passed;
        for _ in 0..self.random.random_range(1..4) {
            // The grade comes just before the passing status of the same computation, and again with each.
            let grade = f64::from(self.random.random_range(50..=100_u32)) / 100.0;
            let (grade_id, passing_id) = (self.id(), self.id());
            self.work.push(self.writer.grade(
                grade_id,
                at + TimeDelta::milliseconds(2),
                course,
                grade,
                passed,
            ));
            self.work.push(self.writer.passing(passing_id, at + TimeDelta::milliseconds(5), course, true));
            at = self.after(at, 400);
        }
        if self.random.random_bool(0.5) {
            let id = self.id();
            self.work.push(self.writer.certificate(id, passed + TimeDelta::seconds(1), course, true));
        }
        if self.random.random_bool(0.1) {
            let (id, left) = (self.id(), self.after(at, 100));
            self.work.push(self.writer.enrolment(id, left, course, false));
        }
    }

    /// A regrade long after all else.
    fn fail(&mut self, course: &str) {
        let at = self.after(DateTime::UNIX_EPOCH + TimeDelta::days(20_458 + 250), 100);
        let (passing_id, certificate_id) = (self.id(), self.id());
        self.regrades.push(self.writer.passing(passing_id, at, course, false));
        self.regrades.push(self.writer.certificate(certificate_id, at, course, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lms::Award;

    #[test]
    fn a_seed_gives_one_simulation_with_everything_in_it() {
        let (one, same, other) = (Simulation::new(7, 200), Simulation::new(7, 200), Simulation::new(8, 200));
        let ids = |simulation: &Simulation| -> Vec<Uuid> {
            simulation
                .phases
                .iter()
                .flat_map(|phase| phase.messages.iter().map(|message| message.id))
                .collect()
        };
        assert_eq!(ids(&one), ids(&same));
        assert_ne!(ids(&one), ids(&other));
        let last = &one.phases[1].expected;
        for award in [Award::None, Award::Valid, Award::Revoked] {
            assert!(last.iter().any(|expected| expected.award == award), "{award:?}");
        }
        let work = &one.phases[0].messages;
        let unique: std::collections::HashSet<Uuid> = work.iter().map(|message| message.id).collect();
        assert!(unique.len() < work.len(), "some are sent twice");
        assert!(work.windows(2).any(|pair| pair[0].time > pair[1].time), "some come late");
    }
}
