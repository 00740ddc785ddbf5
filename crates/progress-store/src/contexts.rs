//! What the platform says of courses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::tellings::CourseTelling;

/// Keeps the newest title and dates of each course.
pub(crate) async fn put(conn: &mut PgConnection, tellings: &[CourseTelling]) -> Result<(), StoreError> {
    let mut newest: BTreeMap<&str, &CourseTelling> = BTreeMap::new();
    for telling in tellings {
        let kept = newest.entry(telling.course.course.as_str()).or_insert(telling);
        if (telling.at, telling.id) > (kept.at, kept.id) {
            *kept = telling;
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let newest: Vec<&CourseTelling> = newest.into_values().collect();
    let keys: Vec<String> = newest.iter().map(|telling| telling.course.course.to_string()).collect();
    let titles: Vec<String> = newest.iter().map(|telling| telling.course.title.clone()).collect();
    let starts: Vec<_> = newest.iter().map(|telling| telling.course.start.get()).collect();
    let ends: Vec<_> =
        newest.iter().map(|telling| telling.course.end.map(lp_domain::Timestamp::get)).collect();
    let ats: Vec<_> = newest.iter().map(|telling| telling.at.get()).collect();
    let events: Vec<Uuid> = newest.iter().map(|telling| telling.id).collect();
    sqlx::query!(
        "INSERT INTO contexts AS c (context_key, title, starts_at, ends_at, told_at, event_id)
         SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[],
                              $5::timestamptz[], $6::uuid[])
         ON CONFLICT (context_key) DO UPDATE SET
             title = excluded.title, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             told_at = excluded.told_at, event_id = excluded.event_id
         WHERE (excluded.told_at, excluded.event_id) > (c.told_at, c.event_id)",
        &keys,
        &titles,
        &starts,
        &ends as &[Option<chrono::DateTime<chrono::Utc>>],
        &ats,
        &events,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The titles of those of these contexts that the platform has told of.
pub(crate) async fn titles(
    conn: &mut PgConnection,
    contexts: &BTreeSet<&str>,
) -> Result<HashMap<String, String>, StoreError> {
    if contexts.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<String> = contexts.iter().map(ToString::to_string).collect();
    let rows = sqlx::query!("SELECT context_key, title FROM contexts WHERE context_key = ANY($1)", &keys)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.context_key, row.title)).collect())
}
