//! Runs of any policy, with learners in every state and facts of every kind, from a seed.

use lp_domain::{
    Definition, FactValue, PriorWork, Ratio, ReEnrolment, Regression, RevisionPolicy, RunPolicy, Validity,
};
use lp_progress_store::authoring::put_run;
use lp_progress_store::{Again, Wish, rejudge};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::PgPool;

use crate::fixture::{BY, Fixture, definition, fact, hour, run_key};

const LEARNERS: i64 = 40;

/// The run `run` with two revisions.
pub(crate) struct World {
    pub(crate) fixture: Fixture,
    pub(crate) random: StdRng,
    pub(crate) policy: RunPolicy,
    pub(crate) latest: Definition,
}

pub(crate) fn any_one_of<T: Clone>(random: &mut StdRng, many: &[T]) -> T {
    many[random.random_range(0..many.len())].clone()
}

pub(crate) fn policy(random: &mut StdRng) -> RunPolicy {
    RunPolicy {
        revision: any_one_of(random, &[RevisionPolicy::Pinned, RevisionPolicy::Following]),
        regression: any_one_of(
            random,
            &[Regression::Sticky, Regression::Revocable, Regression::Grace { days: 7 }, Regression::Review],
        ),
        prior_work: any_one_of(
            random,
            &[
                PriorWork::AnyTime,
                PriorWork::AnyTime,
                PriorWork::Since(hour(100).get()),
                PriorWork::AfterEnrolment,
            ],
        ),
        re_enrolment: ReEnrolment::default(),
        exclusive_group: None,
        validity: any_one_of(random, &[Validity::default(), ten_days()]),
    }
}

/// Awards that work of the next ten days renews.
fn ten_days() -> Validity {
    Validity::read(serde_json::json!({ "lasts": { "for": { "period": { "days": 10 } } } })).unwrap()
}

/// Fewer courses, more, others, or some of many.
pub(crate) fn draft(random: &mut StdRng) -> Definition {
    let courses: &[u8] = any_one_of(random, &[&[1][..], &[2, 3], &[1, 2, 3, 4], &[3, 4]]);
    let mut draft = serde_json::to_value(definition(courses)).unwrap();
    if random.random_bool(0.4) {
        let of = draft["requirement"]["all_of"].take();
        draft["requirement"] = serde_json::json!({ "at_least": { "k": 1, "of": of } });
    }
    serde_json::from_value(draft).unwrap()
}

pub(crate) async fn world(pool: &PgPool, seed: u64) -> World {
    let mut fixture = Fixture::new(pool).await;
    let mut random = StdRng::seed_from_u64(seed);
    let policy = if seed < 4 { RunPolicy::default() } else { policy(&mut random) };
    let (first, latest) = (definition(&[1, 2]), definition(&[1, 2, 3]));
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &first).await.unwrap();
    for who in 1..=LEARNERS / 2 {
        fixture.enrol("run", who).await;
    }
    fixture.apply(history(&mut random)).await;
    put_run(&mut fixture.conn, &BY, &run_key("run"), &policy, &latest).await.unwrap();
    let (conn, catalogue) = (&mut fixture.conn, &mut fixture.catalogue);
    rejudge(conn, catalogue, &run_key("run"), 0, 1_000, hour(1_000)).await.unwrap();
    for who in LEARNERS / 2 + 1..=LEARNERS {
        fixture.enrol("run", who).await;
    }
    for who in 1..=LEARNERS {
        let changes: &[Wish] = any_one_of(
            &mut random,
            &[
                &[][..],
                &[],
                &[],
                &[Wish::Suspend],
                &[Wish::Withdraw],
                &[Wish::End],
                &[Wish::Withdraw, Wish::Enrol(Again::Resumed)],
                &[Wish::Withdraw, Wish::Enrol(Again::Afresh)],
            ],
        );
        for (at, change) in (310..).zip(changes) {
            fixture.wish("run", who, *change, at).await;
        }
    }
    fixture.apply(history(&mut random)).await;
    World { fixture, random, policy, latest }
}

fn history(random: &mut StdRng) -> Vec<lp_progress_store::FactTelling> {
    (0..150)
        .map(|_| {
            let (yes, ratio) = (random.random_bool(0.8), random.random_range(0.0..=1.0));
            let value = match random.random_range(0..10) {
                0 => FactValue::Completion { completion: Ratio::try_from(ratio).unwrap() },
                1 => FactValue::Override { granted: yes, expires_at: None },
                2 => FactValue::Enrolment { active: yes, mode: "audit".into() },
                _ => FactValue::Passing { passing: yes },
            };
            let (who, course) = (random.random_range(1..=LEARNERS), random.random_range(1..=4));
            fact(who, course, random.random_range(0..300), value)
        })
        .collect()
}

impl Fixture {
    /// Leaves the database as it was before the first fact.
    pub(crate) async fn forget(&mut self) {
        sqlx::query(
            "TRUNCATE outbox, completions, progress, facts, fact_journal, enrolments, enrolment_intervals, learners,
                      revisions, drafts, rejudgements, invitations, run_proposals, timers, report_contributions,
                      report_totals, report_deltas, plugin_paths, gap_checks, gap_check_pairs, gap_findings, runs, paths",
        )
        .execute(&mut self.conn)
        .await
        .unwrap();
    }
}
