//! `/api/v1/definitions/{subject}`.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use lp_domain::{PathId, RunKey};
use lp_http::conditional::etag;
use lp_http::problem::Kind;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use super::{check, is_expected};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::state::CredentialsState;
use crate::issuing::Definition;
use crate::store::issuing::audit::By;
use crate::store::issuing::versions::{
    count_unissued, get_definition as read, get_issuer, put_definition as put,
};

/// Whose definition: a path, `ORG+NUMBER`, or a run, by its key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Subject {
    key: String,
    org: String,
}

impl TryFrom<String> for Subject {
    type Error = String;

    fn try_from(key: String) -> Result<Self, String> {
        let org = if key.starts_with("path-v1:") {
            RunKey::parse(&key).map_err(|error| error.to_string())?.org().to_owned()
        } else {
            let (org, number) = key.split_once('+').ok_or("it is neither ORG+NUMBER nor the key of a run")?;
            PathId::new(org, number).map_err(|error| error.to_string())?;
            org.to_owned()
        };
        Ok(Self { key, org })
    }
}

/// The credential of a path, or of a run where it differs.
#[utoipa::path(
    get,
    path = "/api/v1/definitions/{subject}",
    tag = "definitions",
    params(("subject" = String, Path, description = "A path, `ORG+NUMBER`, or the key of a run, percent-encoded.",
         example = "OpenedX+DATA")),
    responses(
        (status = 200, description = "What is issued.", body = Definition,
         headers(("etag" = String, description = "Its version, for edits."))),
        Refusals,
    )
)]
pub(crate) async fn get_definition(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(subject): Path<Subject>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(&subject.org)).await?;
    let found = async { read(&mut *readers.acquire().await?, &subject.key, None).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    let found = found.ok_or_else(|| Problem::not_found("nothing is defined for it yet"))?;
    let definition: Definition =
        serde_json::from_value(found.said).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::ETAG, etag(found.version.into()))], Json(definition)))
}

struct Put {
    subject: Subject,
    headers: HeaderMap,
    definition: Definition,
}

impl Change for Put {
    type Done = i32;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<i32, Problem> {
        let database = |error: sqlx::Error| Problem::database(&error);
        let Self { subject, headers, definition } = self;
        let there = read(conn, &subject.key, None).await.map_err(database)?;
        is_expected(&headers, there.map(|there| there.version))?;
        check(conn, definition.problems(), definition.images()).await?;
        if get_issuer(conn, &subject.org, None).await.map_err(database)?.is_none() {
            let detail = format!("{} has no profile yet: say first who issues", subject.org);
            return Err(Problem::new(Kind::Conflict).with_detail(detail));
        }
        let said = serde_json::to_value(&definition).map_err(|error| Problem::internal(&error))?;
        let place = (subject.org.as_str(), subject.key.as_str());
        Ok(put(conn, by, place, &said).await.map_err(database)?.version)
    }
}

/// Says which credential is issued for a path, or for a run where it differs, from now on. Completions that have none yet get it,
/// however old they are; credentials that are there keep what they say.
#[utoipa::path(
    put,
    path = "/api/v1/definitions/{subject}",
    tag = "definitions",
    params(
        ("subject" = String, Path, description = "A path, `ORG+NUMBER`, or the key of a run, percent-encoded.",
         example = "OpenedX+DATA"),
        ("if-match" = Option<String>, Header, description = "The ETag of the version that is replaced."),
        ("if-none-match" = Option<String>, Header, description = "`*` for the first one."),
    ),
    request_body = Definition,
    responses(
        (status = 200, description = "What is issued from now on.", body = Definition,
         headers(("etag" = String, description = "Its version, for edits."))),
        Refusals,
    )
)]
pub(crate) async fn put_definition(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(subject): Path<Subject>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(definition): Json<Definition>,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManageCredentials, Target::Org(&subject.org)).await?;
    let put = Put { subject, headers, definition: definition.clone() };
    let version = asked.change(&state.writers, None, put).await?;
    Ok(([(header::ETAG, etag(version.into()))], Json(definition)))
}

/// What publishing a definition would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unissued {
    /// Completions that stand and have no credential.
    awards: i64,
}

/// How many completions of a path, or of a run, have no credential: so many would be issued at once.
#[utoipa::path(
    get,
    path = "/api/v1/definitions/{subject}/unissued",
    tag = "definitions",
    params(("subject" = String, Path, description = "A path, `ORG+NUMBER`, or the key of a run, percent-encoded.",
         example = "OpenedX+DATA")),
    responses((status = 200, description = "How many.", body = Unissued), Refusals)
)]
pub(crate) async fn count_unissued_awards(
    State(state): State<CredentialsState>,
    caller: Caller,
    Path(subject): Path<Subject>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Unissued>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(&subject.org)).await?;
    let counted = async { count_unissued(&mut *state.writers.acquire().await?, &subject.key).await };
    Ok(Json(Unissued { awards: counted.await.map_err(|error| Problem::database(&error))? }))
}
