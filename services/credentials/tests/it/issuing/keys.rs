//! Keys that change, and keys that are given up.

use lp_credentials::issuing::{Done, rotate_key};
use lp_credentials_store::issuing::keys::give_up_key;
use lp_open_badges::{OpenBadgeCredential, verify};
use sqlx::PgPool;

use super::{BY, World};
use crate::http::{completed, issuer};

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn old_signatures_stay_good_after_a_rotation_and_a_compromised_key_signs_nothing_that_holds(
    pool: PgPool,
) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let old = world.did().await;
    let by_old = world.get(&format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.text;
    let mut tx = world.pool.begin().await.unwrap();
    rotate_key(&mut tx, &BY, &issuer().secrets).await.unwrap();
    tx.commit().await.unwrap();
    world.complete(vec![completed(43, 2)]).await;
    world.issue().await;
    let both = world.did().await;
    assert_ne!(old, both);
    world.shown(&one).await.unwrap();
    world.shown(&world.only(43).await).await.unwrap();

    let former: String = sqlx::query_scalar("SELECT public_key FROM signing_keys WHERE state = 'former'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let mut tx = world.pool.begin().await.unwrap();
    assert_eq!(give_up_key(&mut tx, &BY, &former).await.unwrap(), Some(1));
    assert_eq!(give_up_key(&mut tx, &BY, "z6Mk").await.unwrap(), None);
    tx.commit().await.unwrap();
    let left = world.did().await;
    assert!(verify::<OpenBadgeCredential>(by_old.as_bytes(), &left).is_err());
    assert_eq!(world.issue().await, Done { reissued: 1, ..Done::default() });
    let again = world.shown(&one).await.unwrap();
    assert_eq!(world.bits(&again).await, [false, false], "the list is signed by the other key, too");
    assert!(again.valid_from > verify::<OpenBadgeCredential>(by_old.as_bytes(), &old).unwrap().valid_from);
}
