//! What credentials are for, remembered for those that were issued before it was.

use std::borrow::Cow;

use lp_credentials_store::MIGRATOR;
use lp_credentials_store::issuing::achievements::get_achievement;
use sqlx::PgPool;
use sqlx::migrate::Migrator;

/// The version of the migration that remembers it.
const VERSION: i64 = 6;

#[sqlx::test(migrations = false)]
async fn what_was_issued_before_is_found_as_it_was_last_issued(pool: PgPool) {
    let before: Vec<_> = MIGRATOR.iter().filter(|one| one.version < VERSION).cloned().collect();
    let before = Migrator { migrations: Cow::Owned(before), ..Migrator::DEFAULT };
    before.run(&pool).await.unwrap();
    sqlx::raw_sql(
        r#"INSERT INTO issuer_versions (org, version, profile, actor) VALUES ('Org', 1, '{"name": "O"}', 'user:1');
           INSERT INTO definition_versions (subject, version, definition, actor)
               VALUES ('Org+N', 1, '{"name": "old"}', 'user:1'), ('Org+N', 2, '{"name": "new"}', 'user:1');
           INSERT INTO status_lists (purpose) VALUES ('revocation');
           INSERT INTO awards (completion_id, award_id, learner_id, run_key, path_name, revision, attempt, completed_at, progress,
                   contexts, told_at, event_id)
               SELECT id, id, 42, 'path-v1:Org+N+R+G', 'N', revision, 1, now(), 1, '[]', now(), id
               FROM (VALUES (gen_random_uuid(), 1), (gen_random_uuid(), 1), (gen_random_uuid(), 2)) one (id, revision);
           INSERT INTO credentials (credential_id, completion_id, learner_id, org, run_key, subject, definition_version,
                   issuer_version, status_at, awarded_at, valid_from, revocation_list, revocation_place, issued_at)
               SELECT completion_id, completion_id, 42, 'Org', run_key, 'Org+N', number, 1, now(), now(), now(), 1, number,
                   now() + number * interval '1 hour'
               FROM (SELECT *, row_number() OVER ()::integer AS number FROM awards WHERE revision = 1) award"#,
    )
    .execute(&pool)
    .await
    .unwrap();
    MIGRATOR.run(&pool).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    let found = get_achievement(&mut conn, "path-v1:Org+N+R+G", 1).await.unwrap().unwrap();
    assert_eq!(
        (found.definition.as_str(), found.issuer.as_str()),
        (r#"{"name": "new"}"#, r#"{"name": "O"}"#)
    );
    assert_eq!(get_achievement(&mut conn, "path-v1:Org+N+R+G", 2).await.unwrap(), None, "never issued");
}
