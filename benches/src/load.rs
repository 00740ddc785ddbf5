//! A realistic mix: learners in runs of four courses, each doing their courses over a year.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use lp_devstack::lms::{Message, Writer};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

const COURSES: usize = 20;
const RUNS: usize = 30;
const EVENTS_A_LEARNER: usize = 10;

/// What is written to Kafka, and the runs that it moves.
pub(crate) struct Load {
    messages: Vec<Message>,
    learners: usize,
}

fn course(number: usize) -> String {
    format!("course-v1:BenchX+C{number}+2026")
}

/// The four courses of a run, all different.
fn courses(run: usize) -> [usize; 4] {
    [run, run + 7, run + 13, run + 18].map(|number| number % COURSES)
}

impl Load {
    pub(crate) fn new(events: usize) -> Self {
        let learners = events / EVENTS_A_LEARNER;
        let mut random = StdRng::seed_from_u64(2026);
        let mut steps: Vec<Vec<Message>> = vec![Vec::new(); EVENTS_A_LEARNER];
        for learner in 1..=learners {
            for (step, message) in steps.iter_mut().zip(story(learner, &mut random)) {
                step.push(message);
            }
        }
        // Everybody's first event, in no order; then everybody's second, ….
        for step in &mut steps {
            step.shuffle(&mut random);
        }
        Self { messages: steps.into_iter().flatten().collect(), learners }
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn learners(&self) -> usize {
        self.learners
    }

    /// Runs as definitions, each with its learners.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (String, String, Vec<i64>)> {
        (0..RUNS).map(|run| {
            let key = format!("path-v1:BenchX+P{run}+2026+open");
            let (mut items, mut tree) = (String::new(), String::new());
            for (place, number) in courses(run).into_iter().enumerate() {
                let comma = if place == 0 { "" } else { "," };
                let _ = write!(
                    items,
                    r#"{comma}{{"id":"i{place}","key":"{}","title":"C{number}"}}"#,
                    course(number)
                );
                let _ = write!(tree, r#"{comma}{{"item":"i{place}"}}"#);
            }
            let definition = format!(r#"{{"items":[{items}],"requirement":{{"all_of":[{tree}]}}}}"#);
            let learners = (1..=self.learners).filter(|learner| learner % RUNS == run);
            (key, definition, learners.filter_map(|learner| i64::try_from(learner).ok()).collect())
        })
    }
}

/// Ten events of a learner; about half complete their run.
fn story(learner: usize, random: &mut StdRng) -> [Message; EVENTS_A_LEARNER] {
    let courses = courses(learner % RUNS).map(course);
    let writer = Writer { learner: i64::try_from(learner).unwrap_or(i64::MAX) };
    let mut at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_458);
    let mut next = |random: &mut StdRng| {
        at += TimeDelta::microseconds(random.random_range(1_000_000_000..2_000_000_000_000));
        (uuid::Builder::from_random_bytes(random.random()).into_uuid(), at)
    };
    let last_is_passed = random.random_bool(0.5);
    let mut write = |what: &dyn Fn(Uuid, DateTime<Utc>) -> Message| {
        let (id, at) = next(random);
        what(id, at)
    };
    let [one, two, three, four] = &courses;
    [
        write(&|id, at| writer.enrolment(id, at, one, true)),
        write(&|id, at| writer.passing(id, at, one, false)),
        write(&|id, at| writer.grade(id, at, one, 0.7, at)),
        write(&|id, at| writer.passing(id, at, one, true)),
        write(&|id, at| writer.passing(id, at, two, true)),
        write(&|id, at| writer.grade(id, at, two, 0.9, at)),
        write(&|id, at| writer.passing(id, at, three, true)),
        write(&|id, at| writer.certificate(id, at, three, true)),
        write(&|id, at| writer.passing(id, at, four, false)),
        write(&|id, at| writer.passing(id, at, four, last_is_passed)),
    ]
}
