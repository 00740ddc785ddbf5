//! Status lists.

use chrono::{DateTime, TimeDelta, Utc};
use lp_credentials::issuing::{issue_some, sign_lists};
use lp_credentials_store::Completion;
use sqlx::PgPool;

use super::World;
use crate::http::{completed, issuer};

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn many_revocations_cost_one_list_and_places_tell_no_order(pool: PgPool) {
    let world = World::defined(pool).await;
    let all: Vec<Completion> = (1..=40).map(|n| completed(100 + i64::from(n), n)).collect();
    world.complete(all.clone()).await;
    assert_eq!(world.issue().await.issued, 40);
    let places: Vec<i32> = sqlx::query_scalar("SELECT revocation_place FROM credentials ORDER BY awarded_at")
        .fetch_all(&world.pool)
        .await
        .unwrap();
    assert!(!places.is_sorted() && places.iter().any(|place| *place > 1_000), "{places:?}");
    let signed = async || {
        let at: DateTime<Utc> =
            sqlx::query_scalar("SELECT signed_at FROM status_lists WHERE purpose = 'revocation'")
                .fetch_one(&world.pool)
                .await
                .unwrap();
        at
    };
    let before = signed().await;
    for completion in &all[..20] {
        world.revoke(completion).await;
    }
    let issuer = issuer();
    loop {
        let mut tx = world.pool.begin().await.unwrap();
        let done = issue_some(&mut tx, &issuer.site, &issuer.secrets, true, 3, Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
        if done.awards == 0 {
            break;
        }
    }
    assert_eq!(signed().await, before, "they wait for each other");
    let now = Utc::now();
    let mut tx = world.pool.begin().await.unwrap();
    let earlier = now - TimeDelta::minutes(1);
    assert_eq!(
        sign_lists(&mut tx, &issuer.site, &issuer.secrets, earlier, now).await.unwrap(),
        0,
        "not for long enough"
    );
    assert_eq!(sign_lists(&mut tx, &issuer.site, &issuer.secrets, now, now).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let badge = world.shown(&world.only(101).await).await.unwrap();
    assert_eq!(world.bits(&badge).await, [true, false]);
    // Before its time is over a list is signed anew, though nothing has changed.
    let later = now + TimeDelta::days(3);
    let mut tx = world.pool.begin().await.unwrap();
    assert_eq!(sign_lists(&mut tx, &issuer.site, &issuer.secrets, now, later).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(signed().await.timestamp(), later.timestamp());
}
