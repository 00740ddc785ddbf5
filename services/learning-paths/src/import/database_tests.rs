use lp_domain::{RunKey, Timestamp};
use lp_progress_store::{Catalogue, MIGRATOR};
use sqlx::PgPool;

use super::apply::{Done, apply, dry_run};
use super::document::{Document, read};
use super::problems::Problems;
use crate::rebuild;

const EXAMPLE: &str = include_str!("../../../../examples/paths.yaml");
const DATA: &str = "path-v1:OpenedX+DATA+2026+open";
const LANG: &str = "path-v1:OpenedX+LANG+2026+evening";

fn now() -> Timestamp {
    chrono::Utc::now().try_into().unwrap()
}

fn example() -> Document {
    read(EXAMPLE).unwrap()
}

/// The example, changed in one place.
fn changed(from: &str, to: &str) -> Document {
    assert!(EXAMPLE.contains(from), "{from}");
    read(&EXAMPLE.replace(from, to)).unwrap()
}

fn run(done: &Done, key: &str) -> String {
    done.runs.iter().find(|(run, _)| run.as_str() == key).map(|(_, what)| what.clone()).unwrap()
}

/// Runs whose learners wait to be judged anew.
async fn waiting(pool: &PgPool) -> Vec<String> {
    let query = "SELECT run_key FROM rejudgements JOIN runs USING (run_id) ORDER BY run_key";
    sqlx::query_scalar(query).fetch_all(pool).await.unwrap()
}

async fn revisions(pool: &PgPool, key: &str) -> usize {
    let mut conn = pool.acquire().await.unwrap();
    let catalogue = Catalogue::load(&mut conn).await.unwrap();
    catalogue.run_by_key(&RunKey::parse(key).unwrap()).map_or(0, |run| run.revisions.len())
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn importing_twice_does_nothing_the_second_time(pool: PgPool) {
    let first = apply(&pool, &example(), now()).await.unwrap();
    assert_eq!(first.paths.len(), 3);
    assert_eq!(run(&first, DATA), "new, revision 1");
    assert_eq!(first.enrolments[&RunKey::parse(DATA).unwrap()], (3, 0));
    assert!(waiting(&pool).await.is_empty(), "nobody was judged before");

    let second = apply(&pool, &example(), now()).await.unwrap();
    assert!(second.is_nothing(), "{second:?}");
    assert_eq!(second.enrolments[&RunKey::parse(DATA).unwrap()], (0, 3));
    assert_eq!(revisions(&pool, DATA).await, 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_dry_run_says_the_same_and_writes_nothing(pool: PgPool) {
    let told = dry_run(&pool, &example(), now()).await.unwrap();
    assert_eq!(revisions(&pool, DATA).await, 0);
    let done = apply(&pool, &example(), now()).await.unwrap();
    assert_eq!(told, done);
    assert!(dry_run(&pool, &example(), now()).await.unwrap().is_nothing());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_changed_definition_becomes_a_new_revision(pool: PgPool) {
    apply(&pool, &example(), now()).await.unwrap();
    let stricter = changed("at_least: {k: 1, of: [{item: sql}", "at_least: {k: 2, of: [{item: sql}");
    let done = apply(&pool, &stricter, now()).await.unwrap();
    assert_eq!(run(&done, DATA), "revision 2 published");
    assert!(waiting(&pool).await.is_empty(), "learners of a pinned run stay on their revision");
    assert_eq!(revisions(&pool, DATA).await, 2);
    assert!(apply(&pool, &stricter, now()).await.unwrap().is_nothing());

    let following = changed("{points: 4, of: [{item: spanish}", "{points: 5, of: [{item: spanish}");
    let done = apply(&pool, &following, now()).await.unwrap();
    assert_eq!(run(&done, LANG), "revision 2 published");
    assert_eq!(waiting(&pool).await, [LANG], "learners of a following run are judged by the new one");
    let differences = rebuild::everybody(&pool, rebuild::Mode::Check).await.unwrap();
    assert_eq!(differences.iter().map(|one| one.learner_id).collect::<Vec<_>>(), [7]);
    rebuild::waiting(&pool).await.unwrap();
    assert!(waiting(&pool).await.is_empty());
    assert!(rebuild::everybody(&pool, rebuild::Mode::Check).await.unwrap().is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn policy_archive_and_dates_are_changed_in_place(pool: PgPool) {
    apply(&pool, &example(), now()).await.unwrap();
    let graceful = changed("regression: revocable", "regression: review");
    let done = apply(&pool, &graceful, now()).await.unwrap();
    assert_eq!(run(&done, LANG), "policy changed");
    assert_eq!(waiting(&pool).await, [LANG]);

    let archived = changed("+2026+spring\n", "+2026+spring\n        archived: true\n");
    let done = apply(&pool, &archived, now()).await.unwrap();
    assert_eq!(run(&done, "path-v1:OpenedX+NURSE+2026+spring"), "unchanged, archived");

    let extended = changed("on: 2026-12-31", "on: 2027-01-31");
    let done = apply(&pool, &extended, now()).await.unwrap();
    assert_eq!(run(&done, DATA), "unchanged, dates changed");
    assert!(apply(&pool, &extended, now()).await.unwrap().is_nothing());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_run_that_nobody_knows_refuses_the_whole_file(pool: PgPool) {
    let unknown = changed("learners: [7]", "learners: [7]\n  - {run: 'path-v1:O+X+Y+Z', learners: [1]}");
    let error = apply(&pool, &unknown, now()).await.unwrap_err();
    assert_eq!(error.downcast_ref::<Problems>().unwrap().pointers(), ["/enrolments/2/run"], "{error}");
    assert_eq!(revisions(&pool, DATA).await, 0, "not even what was right");
}
