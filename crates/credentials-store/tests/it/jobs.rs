//! Jobs, in the roles that services have.

use std::collections::BTreeMap;

use chrono::Utc;
use lp_credentials_store::by_hand::{Gift, give, lock_learners};
use lp_credentials_store::issuing::audit::{self, By, Filter};
use lp_credentials_store::jobs::{
    Action, Asked, JobState, NewJob, NewRows, RowOutcome, Staged, cancel_job, create_job, finish_portion,
    get_job, job_rows, list_jobs, next_portion, outcomes, postpone_job,
};
use lp_credentials_store::{READER_ROLE, WRITER_ROLE};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::roles::{is_refused, set_role};
use crate::tellings::at;

const BY: By<'static> = By { actor: "user:1", request_id: None, reason: Some("exams of old") };

fn job(number: u128, learners: std::ops::RangeInclusive<i64>) -> NewJob {
    let gift = |learner_id| Gift {
        learner_id,
        run_key: "path-v1:Org+N+R+G".into(),
        revision: 1,
        awarded_at: at(1),
        grade: Some(0.5),
    };
    NewJob {
        job_id: Uuid::from_u128(number),
        action: Action::Issue,
        dry_run: false,
        org: "Org".into(),
        idempotency_key: None,
        request_digest: vec![1],
        rows: NewRows::Gifts(learners.map(gift).collect()),
    }
}

fn done() -> RowOutcome {
    RowOutcome { word: "done", detail: None, award_id: Some(Uuid::nil()) }
}

async fn taken(conn: &mut PgConnection) -> Option<(u128, usize)> {
    let portion = next_portion(conn, 2).await.unwrap()?;
    let Asked::Gifts(gifts) = &portion.asked else { panic!("{portion:?}") };
    finish_portion(conn, &portion, &vec![done(); gifts.len()]).await.unwrap();
    Some((portion.job_id.as_u128(), gifts.len()))
}

#[sqlx::test]
async fn the_writer_works_on_jobs_and_the_reader_reads_them(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    set_role(&mut conn, WRITER_ROLE).await;
    let job = job(1, 1..=1);
    assert_eq!(create_job(&mut conn, &BY, &job).await.unwrap(), Staged::Made(job.job_id));
    let portion = next_portion(&mut conn, 10).await.unwrap().unwrap();
    let Asked::Gifts(gifts) = &portion.asked else { panic!("{portion:?}") };
    assert_eq!(NewRows::Gifts(gifts.clone()), job.rows, "as it was asked for");
    let gift = &gifts[0];
    assert_eq!(portion.by(), BY);
    lock_learners(&mut conn, &BTreeMap::from([(gift.learner_id, None)])).await.unwrap();
    give(&mut conn, gift, "Path", Utc::now()).await.unwrap().unwrap();
    finish_portion(&mut conn, &portion, &[done()]).await.unwrap();
    postpone_job(&mut conn).await.unwrap();
    assert!(cancel_job(&mut conn, &BY, None, job.job_id).await.unwrap(), "there is one");
    assert_eq!(audit::list(&mut conn, &Filter::default(), 10).await.unwrap().len(), 1, "that had ended");
    assert!(is_refused(&mut conn, "DELETE FROM credential_jobs").await);

    set_role(&mut conn, READER_ROLE).await;
    let read = get_job(&mut conn, Some(&["Org".to_owned()]), job.job_id).await.unwrap().unwrap();
    assert_eq!(read.state, JobState::Done);
    assert_eq!(list_jobs(&mut conn, None, None, 10).await.unwrap(), [read]);
    assert_eq!(get_job(&mut conn, Some(&["Other".to_owned()]), job.job_id).await.unwrap(), None);
    assert_eq!(outcomes(&mut conn, job.job_id).await.unwrap(), [("done".to_owned(), 1)]);
    assert_eq!(job_rows(&mut conn, job.job_id, None, 0, 10).await.unwrap().len(), 1);
    assert!(is_refused(&mut conn, "UPDATE credential_jobs SET state = 'done'").await);
    assert!(is_refused(&mut conn, "SELECT FROM audit_log").await);
}

#[sqlx::test]
async fn jobs_take_turns_and_one_that_fails_holds_up_no_other(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    for job in [job(1, 1..=3), job(2, 4..=7)] {
        create_job(&mut conn, &BY, &job).await.unwrap();
    }
    assert_eq!(taken(&mut conn).await, Some((1, 2)));
    assert_eq!(taken(&mut conn).await, Some((2, 2)));
    postpone_job(&mut conn).await.unwrap();
    assert_eq!(taken(&mut conn).await, Some((2, 2)));
    assert_eq!(taken(&mut conn).await, Some((1, 1)));
    assert_eq!(taken(&mut conn).await, None);
}

#[sqlx::test]
async fn who_sends_the_same_at_once_waits_and_gets_the_same_job(pool: PgPool) {
    let asked = |number, digest: u8| NewJob {
        idempotency_key: Some("spring".into()),
        request_digest: vec![digest],
        ..job(number, 1..=1)
    };
    let (mut one, mut two) = (pool.begin().await.unwrap(), pool.begin().await.unwrap());
    assert_eq!(create_job(&mut one, &BY, &asked(1, 1)).await.unwrap(), Staged::Made(Uuid::from_u128(1)));
    let second = asked(2, 1);
    let other = tokio::spawn(async move { create_job(&mut two, &BY, &second).await.unwrap() });
    crate::order::wait_until_someone_waits_for_a_lock(&pool).await;
    one.commit().await.unwrap();
    assert_eq!(other.await.unwrap(), Staged::Already(Uuid::from_u128(1)));
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(create_job(&mut conn, &BY, &asked(3, 2)).await.unwrap(), Staged::OtherRequest);
}
