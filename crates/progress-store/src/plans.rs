//! Plans of the look-ups that Postgres itself makes for foreign keys.

use sqlx::PgConnection;

/// Has plans kept for the rest of the transaction, or until [`made_anew`]: Postgres looks a foreign key up for each row, and
/// would plan that look-up as often, which takes longer than the look-up.
pub(crate) async fn kept(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT set_config('plan_cache_mode', 'auto', true)").fetch_one(conn).await?;
    Ok(())
}

/// Has each statement planned when it runs, as everywhere else: see `lp_postgres::writer`.
pub(crate) async fn made_anew(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)").fetch_one(conn).await?;
    Ok(())
}
