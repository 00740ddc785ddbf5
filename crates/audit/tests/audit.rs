//! The log against a real Postgres.

use lp_audit::{By, Change, Filter, list, record, record_all};
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

fn change<'a>(target: &'a str, org: Option<&'a str>) -> Change<'a> {
    Change { action: "run.published", target, org, before: None, after: Some(json!({ "revision": 1 })) }
}

#[sqlx::test]
async fn what_is_written_down_is_read_the_latest_first_and_only_what_is_asked_for(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let (by, other) = (
        By { actor: "user:7", request_id: Some(Uuid::nil()), reason: Some("asked for") },
        By::command("rebuild"),
    );
    record_all(&mut conn, &by, vec![change("run:a", Some("A")), change("run:b", Some("B"))]).await.unwrap();
    record(&mut conn, &other, change("run:a", None)).await.unwrap();
    let all = list(&mut conn, &Filter::default(), 10).await.unwrap();
    let short: Vec<_> = all.iter().map(|one| (one.actor.as_str(), one.target.as_str())).collect();
    assert_eq!(short, [("rebuild", "run:a"), ("user:7", "run:b"), ("user:7", "run:a")]);
    assert_eq!((all[1].reason.as_deref(), all[1].request_id), (Some("asked for"), Some(Uuid::nil())));
    assert_eq!((&all[1].before, &all[1].after), (&None, &Some(json!({ "revision": 1 }))));
    for (filter, expected) in [
        (Filter { orgs: Some(vec!["B".into()]), ..Filter::default() }, &all[1..2]),
        (Filter { target: Some("run:b".into()), ..Filter::default() }, &all[1..2]),
        (Filter { actor: Some("rebuild".into()), ..Filter::default() }, &all[..1]),
        (Filter { before: Some(all[0].audit_id), ..Filter::default() }, &all[1..]),
        (Filter { orgs: Some(vec![]), ..Filter::default() }, &[]),
    ] {
        assert_eq!(list(&mut conn, &filter, 10).await.unwrap(), expected, "{filter:?}");
    }
    assert_eq!(list(&mut conn, &Filter::default(), 2).await.unwrap(), all[..2]);
}

#[sqlx::test]
async fn of_a_long_value_enough_is_kept_to_know_it_again(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let fits = json!("x".repeat((64 << 10) - 2));
    let long = json!("x".repeat((64 << 10) - 1));
    let change = Change { before: Some(fits.clone()), after: Some(long), ..change("run:a", None) };
    record(&mut conn, &By::command("import"), change).await.unwrap();
    let kept = list(&mut conn, &Filter::default(), 1).await.unwrap().remove(0);
    assert_eq!(kept.before, Some(fits));
    let after = kept.after.unwrap();
    assert_eq!((&after["bytes"], after["sha256"].as_str().unwrap().len()), (&json!(65_537), 64));
}
