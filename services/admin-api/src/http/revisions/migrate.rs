//! `POST /api/v1/runs/{run_key}/revisions/{revision}/migrate`.

use lp_domain::RunKey;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{Catalogue, Migrated, Migration, move_learners};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::now;
use crate::http::what_if::Moves;

/// Learners looked at and moved at once.
const PORTION: i64 = 500;

/// Who is moved, and what was seen of it before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMigration {
    /// As the what-if had it.
    moves: Moves,
    /// The digest at the end of the what-if of this revision and these `moves`, with the run's policy as it is.
    #[schema(min_length = 64, max_length = 64)]
    digest: String,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

/// Learners who were moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MigratedBody {
    /// How many were on another revision.
    learners: u64,
    /// How many have completed the run by it.
    completed: usize,
    /// How many completions were taken back.
    revoked: usize,
}

struct Migrate(RunKey, Migration);

impl Change for Migrate {
    type Done = Migrated;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Migrated, AuthoringError> {
        let mut catalogue = Catalogue::default();
        Ok(move_learners(conn, &mut catalogue, by, &self.0, &self.1, PORTION, now()?).await?)
    }
}

/// Moves learners to a published revision, exactly as a what-if has shown it: 409 when run or learners are not the same any more.
/// Attempts stay; a completion stays, and says under which revision it was made. A caller that goes away does not stop it.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/revisions/{revision}/migrate",
    tag = "revisions",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("revision" = u32, Path, description = "Its number, from 1.", minimum = 1)
    ),
    request_body = NewMigration,
    responses((status = 200, description = "They are on it.", body = MigratedBody), Refusals)
)]
pub(crate) async fn migrate_learners(
    asked: Asked,
    Path((key, revision)): Path<(RunKey, u32)>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewMigration>,
) -> Result<axum::Json<MigratedBody>, Problem> {
    for permission in [Permission::ManagePaths, Permission::ManageEnrolments] {
        asked.caller.require(permission, Target::Org(key.org())).await?;
    }
    let mut digest = [0; 32];
    hex::decode_to_slice(&new.digest, &mut digest)
        .map_err(|_| Problem::unprocessable("a digest has 64 hexadecimal digits"))?;
    let migration = Migration { revision, whom: new.moves.into(), digest };
    let Migrated { learners, outcome } = asked.change(new.reason, Migrate(key, migration)).await?;
    Ok(axum::Json(MigratedBody { learners, completed: outcome.completed, revoked: outcome.revoked }))
}
