//! What is achieved by completing a revision of a run, by what it was last issued by.

use sqlx::PgConnection;
use uuid::Uuid;

/// What an achievement is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchievementRow {
    /// The version of the definition, as JSON.
    pub definition: String,
    /// The version of the issuer's profile, as JSON.
    pub issuer: String,
}

/// Remembers by what these credentials were issued.
pub(super) async fn put_achievements(conn: &mut PgConnection, issued: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO achievements (run_key, revision, subject, definition_version, org, issuer_version)
         SELECT DISTINCT ON (a.run_key, a.revision)
             a.run_key, a.revision, c.subject, c.definition_version, c.org, c.issuer_version
         FROM credentials c JOIN awards a USING (completion_id)
         WHERE c.credential_id = ANY($1)
         ORDER BY a.run_key, a.revision, c.credential_id
         ON CONFLICT (run_key, revision) DO UPDATE
         SET subject = EXCLUDED.subject, definition_version = EXCLUDED.definition_version, org = EXCLUDED.org,
             issuer_version = EXCLUDED.issuer_version
         WHERE (achievements.subject, achievements.definition_version, achievements.org, achievements.issuer_version)
             <> (EXCLUDED.subject, EXCLUDED.definition_version, EXCLUDED.org, EXCLUDED.issuer_version)",
        issued,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is achieved by completing a revision of a run, if a credential was ever issued for it.
///
/// # Errors
/// When the database refuses.
pub async fn get_achievement(
    conn: &mut PgConnection,
    run_key: &str,
    revision: i32,
) -> sqlx::Result<Option<AchievementRow>> {
    sqlx::query_as!(
        AchievementRow,
        r#"SELECT d.definition::text AS "definition!", i.profile::text AS "issuer!"
           FROM achievements a
           JOIN definition_versions d ON d.subject = a.subject AND d.version = a.definition_version
           JOIN issuer_versions i ON i.org = a.org AND i.version = a.issuer_version
           WHERE a.run_key = $1 AND a.revision = $2"#,
        run_key,
        revision,
    )
    .fetch_optional(conn)
    .await
}
