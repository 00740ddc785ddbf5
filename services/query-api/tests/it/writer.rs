//! Writes as the consumer and the admin API do.

use chrono::{TimeDelta, Utc};
use lp_domain::{
    Definition, Fact, FactValue, LearnerId, PathDetails, PathId, Ratio, RunKey, RunPolicy, Timestamp,
};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::{Again, Catalogue, EnrolmentRequest, FactTelling, Tellings, Wish, apply, enrol};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

pub(crate) fn now() -> Timestamp {
    Timestamp::try_from(Utc::now()).unwrap()
}

fn run_key(run: &str) -> RunKey {
    RunKey::parse(&format!("path-v1:Org+N+R+{run}")).unwrap()
}

/// One connection that writes.
pub(crate) struct Writer {
    conn: PgConnection,
    catalogue: Catalogue,
}

impl Writer {
    /// Runs of a path, each of courses 1, common to all, and one of its own.
    pub(crate) async fn new(pool: &PgPool, runs: &[&str]) -> Self {
        let mut conn = pool.acquire().await.unwrap().detach();
        let by = By::command("test");
        let id = PathId::new("Org", "N").unwrap();
        let path = Path { id, title: "A path".into(), details: PathDetails::default() };
        put_path(&mut conn, &by, &path).await.unwrap();
        for run in runs {
            let definition: Definition = serde_json::from_value(json!({
                "items": [
                    { "id": "common", "key": "course-v1:Org+1+R", "title": "Common" },
                    { "id": "own", "key": format!("course-v1:Org+{run}+R"), "title": "Own" },
                ],
                "requirement": { "all_of": [{ "item": "common" }, { "item": "own" }] },
            }))
            .unwrap();
            put_run(&mut conn, &by, &run_key(run), &RunPolicy::default(), &definition).await.unwrap();
        }
        Self { conn, catalogue: Catalogue::default() }
    }

    pub(crate) async fn enrol(&mut self, run: &str, learners: &[i64]) {
        let request = |learner: &i64| EnrolmentRequest {
            learner: LearnerId::try_from(*learner).unwrap(),
            run: run_key(run),
            wish: Wish::Enrol(Again::Resumed),
            at: now(),
        };
        let requests: Vec<_> = learners.iter().map(request).collect();
        let mut tx = self.conn.begin().await.unwrap();
        enrol(&mut tx, &mut self.catalogue, &By::command("test"), &requests, now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The learner passes a course.
    pub(crate) async fn pass(&mut self, learner: i64, course: u8) {
        self.pass_all(&[learner], course).await;
    }

    /// All of them do, in one batch.
    pub(crate) async fn pass_all(&mut self, learners: &[i64], course: u8) {
        let passing = FactValue::Passing { passing: true };
        self.tell(learners, &course.to_string(), &passing).await;
    }

    /// The learner has a grade in the course common to all runs.
    pub(crate) async fn grade(&mut self, learner: i64, grade: f64) {
        self.grade_in("1", learner, grade).await;
    }

    /// The learner has a grade in the course of a run's own.
    pub(crate) async fn grade_in(&mut self, run: &str, learner: i64, grade: f64) {
        let grade = FactValue::Grade { grade: Ratio::try_from(grade).unwrap() };
        self.tell(&[learner], run, &grade).await;
    }

    async fn tell(&mut self, learners: &[i64], course: &str, value: &FactValue) {
        let telling = |learner: &i64| FactTelling {
            fact: Fact {
                learner: LearnerId::try_from(*learner).unwrap(),
                context: format!("course-v1:Org+{course}+R").try_into().unwrap(),
                at: Timestamp::try_from(Utc::now() - TimeDelta::seconds(1)).unwrap(),
                id: Uuid::now_v7(),
                value: value.clone(),
            },
            message: 0,
            traceparent: None,
        };
        let tellings = Tellings { facts: learners.iter().map(telling).collect(), ..Tellings::default() };
        let mut tx = self.conn.begin().await.unwrap();
        apply(&mut tx, &mut self.catalogue, &tellings, now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}
