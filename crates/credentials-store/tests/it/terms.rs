//! When awards are valid.

use chrono::{TimeDelta, Utc};
use lp_credentials_store::{Award, Tellings, Terms, award_id, list_by_learner, record};
use lp_domain::AwardState;
use sqlx::{PgConnection, PgPool};

use crate::tellings::{at, batch, completed, completion_id, revoked};

/// The second award of learner 1, as the `change`th telling has it.
fn terms(change: i32, state: AwardState) -> Tellings {
    let terms = Terms {
        completion_id: completion_id(1, 1, 2),
        learner_id: 1,
        change,
        period: 2,
        state,
        valid_from: at(40),
        expires_at: Some(Utc::now() + TimeDelta::days(1)),
        renews: Some(completion_id(1, 1, 1)),
    };
    Tellings { terms: vec![terms], ..Tellings::default() }
}

async fn second(conn: &mut PgConnection) -> Award {
    let awards = list_by_learner(conn, 1, None, None, 10).await.unwrap();
    awards.into_iter().find(|award| award.completion_id == completion_id(1, 1, 2)).unwrap()
}

#[sqlx::test]
async fn the_greatest_change_holds_in_any_order_also_before_its_completion(pool: PgPool) {
    let earned = batch([&completed(1, 1, 1, 10), &completed(1, 1, 2, 30)]);
    let (grace, regained) = (terms(2, AwardState::Grace), terms(3, AwardState::Valid));
    for tellings in [[&earned, &grace, &regained], [&regained, &grace, &earned], [&grace, &earned, &regained]]
    {
        let mut tx = pool.begin().await.unwrap();
        for telling in tellings {
            record(&mut tx, telling).await.unwrap();
        }
        let award = second(&mut tx).await;
        assert_eq!((award.status, award.period, award.valid_from), (AwardState::Valid, 2, at(40)));
        assert_eq!(award.renews, Some(award_id(completion_id(1, 1, 1))));
        assert_eq!(award.supersedes, None, "what it renews was not taken back");
        tx.rollback().await.unwrap();
    }
}

#[sqlx::test]
async fn an_award_stands_by_what_was_told_and_by_the_clock(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    record(&mut conn, &batch([&completed(1, 1, 2, 30)])).await.unwrap();
    let plain = second(&mut conn).await;
    assert_eq!((plain.status, plain.period), (AwardState::Valid, 1));
    assert_eq!((plain.valid_from, plain.expires_at), (plain.completed_at, None));
    let mut change = 1;
    for (valid_from, expires_at, told, stands) in [
        (1, 2, AwardState::NotYetValid, AwardState::NotYetValid),
        (-1, 2, AwardState::NotYetValid, AwardState::Valid),
        (-1, 2, AwardState::UnderReview, AwardState::UnderReview),
        (-2, -1, AwardState::Valid, AwardState::Expired),
    ] {
        change += 1;
        let mut telling = terms(change, told);
        telling.terms[0].valid_from = Utc::now() + TimeDelta::days(valid_from);
        telling.terms[0].expires_at = Some(Utc::now() + TimeDelta::days(expires_at));
        record(&mut conn, &telling).await.unwrap();
        assert_eq!(second(&mut conn).await.status, stands);
    }
    record(&mut conn, &batch([&revoked(1, 1, 2, 50)])).await.unwrap();
    assert_eq!(second(&mut conn).await.status, AwardState::Revoked);
}
