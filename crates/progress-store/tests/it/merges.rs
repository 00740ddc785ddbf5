//! Accounts that are merged.

use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{Again, Answer, Catalogue, MIGRATOR, Refusal, Wish, merge_learners, rebuild};
use sqlx::{Connection as _, PgPool};
use uuid::Uuid;

use crate::fixture::{BY, Fixture, hour, learner, passing, wish};

impl Fixture {
    async fn merge(&mut self, from: i64, into: i64) -> Result<(), AuthoringError> {
        let mut tx = self.conn.begin().await.unwrap();
        let both = (learner(from), learner(into));
        let merged = merge_learners(&mut tx, &mut self.catalogue, &BY, both, hour(1_000)).await;
        tx.commit().await.unwrap();
        merged.map(drop)
    }

    /// Completions told of, by learner.
    async fn ids(&mut self) -> Vec<(i64, Uuid, String)> {
        sqlx::query_as(
            "SELECT learner_id, completion_id, state FROM completions ORDER BY learner_id, sequence",
        )
        .fetch_all(&mut self.conn)
        .await
        .unwrap()
    }

    async fn differs(&mut self) -> bool {
        let mut tx = self.conn.begin().await.unwrap();
        let (_, differences) = rebuild(&mut tx, &mut self.catalogue, 0, 100, hour(1_000)).await.unwrap();
        tx.rollback().await.unwrap();
        !differences.is_empty()
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn o_what_both_accounts_did_counts_for_the_survivor_and_stays_where_it_was(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in [1, 2, 3] {
        fixture.enrol("sticky", who).await;
    }
    fixture.enrol("revocable", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(2, 2, 20, true), passing(3, 1, 30, true)]).await;
    fixture.merge(1, 2).await.unwrap();
    let told = fixture.ids().await;
    let whose: Vec<i64> = told.iter().map(|(who, ..)| *who).collect();
    assert_eq!(whose, [2, 2], "in the run of both, and in that of the other alone");
    let completed: Vec<(i64, bool)> =
        sqlx::query_as("SELECT learner_id, completed_at = $1 FROM progress WHERE achievement = 2")
            .bind(hour(20).get())
            .fetch_all(&mut fixture.conn)
            .await
            .unwrap();
    assert_eq!(completed, [(2, true), (2, true)], "dated by the later fact");
    assert_eq!(fixture.count("SELECT count(*) FROM fact_journal WHERE learner_id = 1").await, 1);
    assert_eq!(fixture.count("SELECT count(*) FROM facts WHERE learner_id = 2").await, 1);
    assert_eq!(
        fixture.count("SELECT count(*) FROM enrolments WHERE learner_id = 1 AND state = 'withdrawn'").await,
        2
    );
    assert!(!fixture.differs().await);
    // Again, nothing is done.
    fixture.merge(1, 2).await.unwrap();
    assert_eq!(fixture.ids().await, told);
    assert_eq!(fixture.count("SELECT count(*) FROM audit_log WHERE action = 'learner.merged'").await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn o_what_comes_late_for_the_other_account_counts_too(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("revocable", 2).await;
    fixture.apply(vec![passing(2, 2, 20, true)]).await;
    // Another service has not heard of the merger.
    let mut other = Fixture {
        conn: pool.acquire().await.unwrap().detach(),
        catalogue: Catalogue::load(&mut fixture.conn).await.unwrap(),
    };
    fixture.merge(3, 2).await.unwrap();
    assert_eq!(other.apply(vec![passing(3, 1, 30, true)]).await.completed, 1);
    assert_eq!(fixture.apply(vec![passing(3, 1, 40, false)]).await.revoked, 1);
    assert_eq!(fixture.apply(vec![passing(2, 1, 50, true), passing(3, 2, 50, false)]).await.completed, 0);
    assert_eq!(fixture.ids().await.len(), 1, "the newest of either account holds");
    assert!(!fixture.differs().await);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn o_what_was_told_of_the_other_account_is_not_told_again(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("revocable", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true), passing(1, 2, 20, true)]).await;
    let first = fixture.ids().await.remove(0).1;
    fixture.merge(1, 2).await.unwrap();
    let both = [(1, first, "valid".to_owned()), (2, first, "valid".to_owned())];
    assert_eq!(fixture.ids().await, both);
    assert_eq!(fixture.told_in_short().await, ["completed"]);
    // It is taken back where it was given, and earned again as the survivor's.
    assert_eq!(fixture.apply(vec![passing(2, 1, 30, false)]).await.revoked, 1);
    assert_eq!(fixture.apply(vec![passing(2, 1, 40, true)]).await.completed, 1);
    let ids = fixture.ids().await;
    assert_eq!((ids[1].1, ids[1].2.as_str()), (first, "revoked"));
    assert_ne!(ids[2].1, first);
    assert_eq!(fixture.told_in_short().await, ["completed", "completion.revoked", "completed"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn o_what_both_completed_stays_as_it_was_told(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    for who in [1, 2] {
        fixture.enrol("sticky", who).await;
        fixture.apply(vec![passing(who, 1, 10, true), passing(who, 2, 20 + who, true)]).await;
    }
    let before = fixture.ids().await;
    fixture.merge(1, 2).await.unwrap();
    assert_eq!(fixture.ids().await, before);
    assert_eq!(fixture.told_in_short().await, ["completed", "completed"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn o_accounts_are_merged_into_one_and_whoever_was_is_not_enrolled(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    fixture.enrol("sticky", 3).await;
    fixture.merge(1, 2).await.unwrap();
    for (from, into) in [(1, 4), (4, 1)] {
        let refused = fixture.merge(from, into).await;
        assert!(matches!(refused, Err(AuthoringError::Refused(Refusal::Merged))), "{from} into {into}");
    }
    fixture.merge(2, 3).await.unwrap();
    fixture.apply(vec![passing(1, 1, 10, true), passing(2, 2, 20, true)]).await;
    assert_eq!(fixture.ids().await.len(), 1, "who was merged before comes along");
    for who in [1, 2] {
        let enrol = Wish::Enrol(Again::Resumed);
        let answer = wish(&mut fixture.conn, &mut fixture.catalogue, "grace", who, enrol, 0).await;
        assert_eq!(answer, Answer::Refused(Refusal::Merged));
    }
    let mut tx = fixture.conn.begin().await.unwrap();
    sqlx::query("SET LOCAL ROLE lp_writer").execute(&mut *tx).await.unwrap();
    let both = (learner(7), learner(3));
    merge_learners(&mut tx, &mut fixture.catalogue, &BY, both, hour(1_000)).await.unwrap();
}
