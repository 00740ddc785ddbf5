//! A path with runs of three courses, and facts about them.

use chrono::{TimeDelta, TimeZone as _, Utc};
use lp_domain::{
    Definition, Fact, FactValue, LearnerId, PathDetails, PathId, Regression, RevisionPolicy, RunKey,
    RunPolicy, Timestamp,
};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::{
    Again, Answer, Catalogue, EnrolmentRequest, FactTelling, Outcome, Tellings, Wish, apply, enrol,
};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

/// Who does what the tests do.
pub(crate) const BY: By<'static> = By { actor: "user:1", request_id: None, reason: None };

pub(crate) struct Fixture {
    pub(crate) conn: PgConnection,
    pub(crate) catalogue: Catalogue,
}

pub(crate) fn run_key(name: &str) -> RunKey {
    RunKey::parse(&format!("path-v1:Org+N+{name}+G")).unwrap()
}

/// So many hours into the year.
pub(crate) fn hour(hours: i64) -> Timestamp {
    Timestamp::try_from(Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + TimeDelta::hours(hours)).unwrap()
}

pub(crate) fn learner(id: i64) -> LearnerId {
    LearnerId::try_from(id).unwrap()
}

pub(crate) fn course(number: u8) -> String {
    format!("course-v1:Org+C{number}+2026")
}

/// All of these courses.
pub(crate) fn definition(courses: &[u8]) -> Definition {
    let items: Vec<_> = courses
        .iter()
        .map(|number| serde_json::json!({ "id": format!("c{number}"), "key": course(*number), "title": "T" }))
        .collect();
    let tree: Vec<_> =
        courses.iter().map(|number| serde_json::json!({ "item": format!("c{number}") })).collect();
    serde_json::from_value(serde_json::json!({ "items": items, "requirement": { "all_of": tree } })).unwrap()
}

pub(crate) fn policy(regression: Regression) -> RunPolicy {
    RunPolicy { regression, ..RunPolicy::default() }
}

/// A passing status.
pub(crate) fn passing(of: i64, number: u8, at: i64, passing: bool) -> FactTelling {
    fact(of, number, at, FactValue::Passing { passing })
}

/// A fact; its event's id follows from what it says.
pub(crate) fn fact(of: i64, number: u8, at: i64, value: FactValue) -> FactTelling {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{of} {number} {at} {value:?}").as_bytes());
    let fact =
        Fact { learner: learner(of), context: course(number).try_into().unwrap(), at: hour(at), id, value };
    FactTelling { fact, message: 0, traceparent: None }
}

/// Asks one thing of one enrolment.
pub(crate) async fn wish(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &str,
    who: i64,
    wish: Wish,
    at: i64,
) -> Answer {
    let (run, learner, at) = (run_key(run), learner(who), hour(at));
    let request = EnrolmentRequest { learner, run, wish, at };
    let (answers, _) = enrol(conn, catalogue, &BY, &[request], at).await.unwrap();
    answers.into_iter().next().unwrap()
}

impl Fixture {
    /// Runs `sticky`, `revocable`, `grace`, `following`, each of courses 1 and 2.
    pub(crate) async fn new(pool: &PgPool) -> Self {
        let mut conn = pool.acquire().await.unwrap().detach();
        let path = Path {
            id: PathId::new("Org", "N").unwrap(),
            title: "A path".into(),
            details: PathDetails::default(),
        };
        put_path(&mut conn, &BY, &path).await.unwrap();
        let following = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
        for (name, policy) in [
            ("sticky", policy(Regression::Sticky)),
            ("revocable", policy(Regression::Revocable)),
            ("grace", policy(Regression::Grace { days: 7 })),
            ("following", following),
        ] {
            put_run(&mut conn, &BY, &run_key(name), &policy, &definition(&[1, 2])).await.unwrap();
        }
        Self { conn, catalogue: Catalogue::default() }
    }

    pub(crate) async fn enrol(&mut self, run: &str, who: i64) {
        self.wish(run, who, Wish::Enrol(Again::Resumed), 0).await;
    }

    /// Has one thing of an enrolment, which must be granted.
    pub(crate) async fn wish(&mut self, run: &str, who: i64, what: Wish, at: i64) {
        let mut tx = self.conn.begin().await.unwrap();
        let answer = wish(&mut tx, &mut self.catalogue, run, who, what, at).await;
        assert!(matches!(answer, Answer::Changed(_)), "{answer:?}");
        tx.commit().await.unwrap();
    }

    pub(crate) async fn apply(&mut self, facts: Vec<FactTelling>) -> Outcome {
        self.apply_at(facts, hour(1_000)).await
    }

    pub(crate) async fn apply_at(&mut self, facts: Vec<FactTelling>, now: Timestamp) -> Outcome {
        let mut tx = self.conn.begin().await.unwrap();
        let tellings = Tellings { facts, ..Tellings::default() };
        let outcome = apply(&mut tx, &mut self.catalogue, &tellings, now).await.unwrap();
        tx.commit().await.unwrap();
        outcome
    }

    pub(crate) async fn digest(&mut self) -> [u8; 32] {
        lp_progress_store::digest(&mut self.conn).await.unwrap()
    }

    /// Ids and types of what is to be told of completions, in order.
    pub(crate) async fn outbox(&mut self) -> Vec<(Uuid, String)> {
        sqlx::query_as("SELECT event_id, event_type FROM outbox WHERE event_type NOT LIKE '%enrollment%' ORDER BY outbox_id")
            .fetch_all(&mut self.conn)
            .await
            .unwrap()
    }

    /// What is to be told of completions, in order: their events' types without what all share.
    pub(crate) async fn told_in_short(&mut self) -> Vec<String> {
        let short = |(_, event_type): (_, String)| {
            event_type.trim_start_matches("org.openedx.learning.path.").trim_end_matches(".v1").to_owned()
        };
        self.outbox().await.into_iter().map(short).collect()
    }

    /// States of all completions told of, by period and sequence.
    pub(crate) async fn completions(&mut self) -> Vec<String> {
        sqlx::query_scalar("SELECT state FROM completions ORDER BY learner_id, run_id, period, sequence")
            .fetch_all(&mut self.conn)
            .await
            .unwrap()
    }

    pub(crate) async fn count(&mut self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&mut self.conn).await.unwrap()
    }
}
