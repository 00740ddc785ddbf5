//! Lists and single awards.

use lp_credentials_store::{CountedContext, award_id, get, list_by_learner, record};
use sqlx::PgPool;
use uuid::Uuid;

use crate::tellings::{Telling, at, batch, completed, completion_id};

#[sqlx::test]
async fn pages_of_any_size_hold_every_award_once_newest_first(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    // Several were completed at the same instant.
    let tellings: Vec<_> = (1..=9).map(|n| completed(7, 1, n, i64::from(n) / 3)).collect();
    record(&mut conn, &batch(&tellings)).await.unwrap();
    record(&mut conn, &batch([&completed(8, 1, 1, 1)])).await.unwrap();
    let whole = list_by_learner(&mut conn, 7, None, None, 100).await.unwrap();
    assert_eq!(whole.len(), 9);
    assert!(whole.is_sorted_by(|a, b| (a.completed_at, a.award_id) > (b.completed_at, b.award_id)));
    for size in 1..=9 {
        let mut pages = vec![];
        let mut after = None;
        loop {
            let page = list_by_learner(&mut conn, 7, None, after, size).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.place());
            pages.extend(page);
        }
        assert_eq!(pages, whole, "pages of {size}");
    }
}

#[sqlx::test]
async fn one_award_is_found_by_its_id_with_all_that_was_told(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    record(&mut conn, &batch([&completed(7, 1, 1, 10)])).await.unwrap();
    let award = get(&mut conn, award_id(completion_id(7, 1, 1))).await.unwrap().unwrap();
    assert_eq!(award.completion_id, completion_id(7, 1, 1));
    assert_eq!(award.learner_id, 7);
    assert_eq!(award.run_key, "path-v1:Org+N1+R+G");
    assert_eq!(award.completed_at, at(9));
    assert_eq!(award.grade, Some(0.0));
    let Telling::Completed(told) = completed(7, 1, 1, 10) else { unreachable!() };
    assert_eq!(award.contexts, told.contexts);
    // As a release left it that heard of keys alone.
    let keys = "UPDATE awards SET contexts = '[\"course-v1:edX+777+2026\"]'";
    sqlx::query(keys).execute(&mut *conn).await.unwrap();
    let award = get(&mut conn, award.award_id).await.unwrap().unwrap();
    assert_eq!(award.contexts, [CountedContext::of_key("course-v1:edX+777+2026")]);
    assert_eq!(get(&mut conn, Uuid::nil()).await.unwrap(), None);
}
