//! Tells those who hold streams open whose state changed: by notifications, which go out when the transaction commits, and not at
//! all when it does not.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use crate::StoreError;

/// Where changes are told: ids of learners, by commas, and nothing else of them.
pub(crate) const CHANNEL: &str = "lp_learners_changed";

/// The longest payload; Postgres takes less than 8,000 bytes.
const MAX_PAYLOAD_BYTES: usize = 7_900;

/// Tells that something of these learners changed that they can see: an enrolment, a verdict, a completion, how they stand to
/// dates, or that they are retired. One statement whatever their number. Call it before the commit of what changed.
pub(crate) async fn notify(
    conn: &mut PgConnection,
    learners: impl IntoIterator<Item = i64>,
) -> Result<(), StoreError> {
    let payloads = payloads(&learners.into_iter().collect());
    if payloads.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "SELECT count(pg_notify($1, payload)::text) FROM unnest($2::text[]) AS n (payload)",
        CHANNEL,
        &payloads,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

fn payloads(learners: &BTreeSet<i64>) -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    for learner in learners {
        let learner = learner.to_string();
        match payloads.last_mut().filter(|last| last.len() + 1 + learner.len() <= MAX_PAYLOAD_BYTES) {
            Some(last) => last.extend([",", &learner]),
            None => payloads.push(learner),
        }
    }
    payloads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_as_long_as_postgres_takes_and_nobody_is_left_out() {
        assert_eq!(payloads(&BTreeSet::new()), Vec::<String>::new());
        assert_eq!(payloads(&BTreeSet::from([7, 42])), ["7,42"]);
        let many: BTreeSet<i64> = (i64::MAX - 2_000..i64::MAX).collect();
        let payloads = payloads(&many);
        assert!(payloads.iter().all(|payload| payload.len() < 8_000));
        assert_eq!(payloads.len(), 6);
        let told = payloads.iter().flat_map(|payload| payload.split(','));
        assert_eq!(told.map(|id| id.parse().unwrap()).collect::<BTreeSet<i64>>(), many);
    }
}
