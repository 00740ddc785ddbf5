//! `{key}/enrollments/`: who is in a path, in and out.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use lp_domain::LearnerId;
use lp_http::{Permission, RequestId};
use lp_progress_store::plugin::{PluginEnrolment, PluginPath, learner_by_username, of_run};
use lp_progress_store::{Admission, Admitted, Again, Answer, Refusal, Who, Wish};
use sqlx::{PgConnection, PgPool};

use super::change::{Change, Changed};
use super::detail::{Detail, Refused};
use super::fields::Fields;
use super::paging::Address;
use super::shape::EnrolmentBody;
use super::state::PluginState;
use super::visitor::Visitor;

/// The most learners that one answer lists.
const MAX_LISTED: i64 = 10_000;

/// The organisation that a key names, if it is one.
pub(super) fn org(key: &str) -> &str {
    key.strip_prefix("path-v1:").and_then(|parts| parts.split('+').next()).unwrap_or_default()
}

/// Who is in a path: the caller, or for those who may know, all or one of them.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/{key}/enrollments/",
    tag = "enrollments",
    params(
        ("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("username" = Option<String>, Query, description = "This learner only.", example = "ann")
    ),
    responses(
        (status = 200, description = "Those who are in.", body = Vec<EnrolmentBody>),
        (status = 400, description = "More learners than one answer lists.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 403, description = "Somebody else was asked for.", body = Detail),
        (status = 404, description = "No key, or no path that the caller sees.", body = Detail)
    )
)]
pub(crate) async fn list_of_path(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    address: Address,
    Path(key): Path<String>,
) -> Result<Json<Vec<EnrolmentBody>>, Refused> {
    let username = address.parameter("username").filter(|name| !name.is_empty());
    let sees_others = visitor.may_in(Permission::ReadProgress, org(&key)).await?;
    if !sees_others {
        if username.is_some_and(|name| !visitor.is(name)) {
            return Err(Refused::forbidden());
        }
        visitor.oneself(Permission::ReadProgress, org(&key)).await?;
    }
    let mut conn = pool.acquire().await?;
    let (_, path) = state.seen(&mut conn, &visitor, &key).await?;
    if sees_others {
        visitor.may_in_found(Permission::ReadProgress, org(&key), &path).await?;
    }
    let learner = match username {
        Some(name) if !visitor.is(name) => match learner_by_username(&mut conn, name).await? {
            Some(learner) => Some(learner.get()),
            None => return Ok(Json(Vec::new())),
        },
        None if sees_others => None,
        _ => visitor.viewer.learner,
    };
    let found = of_run(&mut conn, path.run_id, learner, true, MAX_LISTED + 1).await?;
    if i64::try_from(found.len()).is_ok_and(|found| found > MAX_LISTED) {
        let detail = format!("More than {MAX_LISTED} learners are in this path: read them by pages.");
        return Err(Refused::bad_request(detail));
    }
    Ok(Json(found.into_iter().map(EnrolmentBody::from).collect()))
}

/// Enrols the caller, or for those who may, another learner. Whoever had left goes on.
#[utoipa::path(
    post,
    path = "/api/learning_paths/v1/{key}/enrollments/",
    tag = "enrollments",
    params(("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
            example = "path-v1:OpenedX+DATA+2026+open")),
    request_body(content = Option<OneLearner>, description = "Whom, if not the caller; JSON or a form."),
    responses(
        (status = 200, description = "The learner is in again.", body = EnrolmentBody),
        (status = 201, description = "The learner is in.", body = EnrolmentBody),
        (status = 400, description = "The body cannot be read.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 403, description = "Somebody else was named.", body = Detail),
        (status = 404, description = "No path that the caller sees, or no such learner.", body = Detail),
        (status = 409, description = "The learner is in already, or the run takes nobody.", body = Detail)
    )
)]
pub(crate) async fn enrol(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    request_id: Option<Extension<RequestId>>,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<(StatusCode, Json<EnrolmentBody>), Refused> {
    let whom = Whom::of(&visitor, &key, &fields).await?;
    let (path, learner) = whom.find(&state, &pool, &visitor, &key).await?;
    let again = Again::Resumed;
    let wish = if whom.manages { Wish::Enrol(again) } else { Wish::EnrolOneself(again) };
    let change = change(state, pool, &visitor, request_id.map(|Extension(id)| id));
    let Changed { admitted, before, after } =
        change.one(path.run_id, admission(&path, learner, wish)).await?;
    match (admitted, after) {
        (Admitted::Learner(_, Answer::Changed(_)), Some(after)) => {
            let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
            Ok((status, Json(after.into())))
        }
        (Admitted::Learner(_, Answer::Refused(refusal)) | Admitted::Refused(refusal), _) => {
            Err(refused(refusal))
        }
        _ => Err(Refused::conflict("Enrollment exists.")),
    }
}

/// Takes the caller out, or for those who may, another learner. Nothing is deleted.
#[utoipa::path(
    delete,
    path = "/api/learning_paths/v1/{key}/enrollments/",
    tag = "enrollments",
    params(("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
            example = "path-v1:OpenedX+DATA+2026+open")),
    request_body(content = Option<OneLearner>, description = "Whom, if not the caller; JSON or a form."),
    responses(
        (status = 204, description = "The learner is out."),
        (status = 400, description = "The body cannot be read.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 403, description = "Somebody else was named.", body = Detail),
        (status = 404, description = "No path that the caller sees, or nobody who is in.", body = Detail)
    )
)]
pub(crate) async fn unenrol(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    request_id: Option<Extension<RequestId>>,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Refused> {
    let whom = Whom::of(&visitor, &key, &fields).await?;
    let (path, learner) = whom.find(&state, &pool, &visitor, &key).await?;
    let mut conn = pool.acquire().await?;
    let known: Vec<PluginEnrolment> = of_run(&mut conn, path.run_id, Some(learner.get()), true, 1).await?;
    drop(conn);
    if known.is_empty() {
        return Err(Refused::no_enrolment());
    }
    let change = change(state, pool, &visitor, request_id.map(|Extension(id)| id));
    match change.one(path.run_id, admission(&path, learner, Wish::Withdraw)).await?.admitted {
        Admitted::Learner(_, Answer::Changed(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
        _ => Err(Refused::no_enrolment()),
    }
}

/// Whom a request concerns.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "documents what `Fields` reads")]
pub(crate) struct OneLearner {
    /// At the LMS; the caller when not given or empty.
    #[schema(example = "ann")]
    username: Option<String>,
}

/// Whom a request concerns, and whether the caller manages the path's learners.
struct Whom {
    named: Option<String>,
    manages: bool,
}

impl Whom {
    /// That the caller may do this to whom the request names, before anything is looked up.
    async fn of(visitor: &Visitor, key: &str, fields: &Fields) -> Result<Self, Refused> {
        let manages = visitor.may_in(Permission::ManageEnrolments, org(key)).await?;
        let name = fields.text("username")?;
        let named = (!name.is_empty() && !visitor.is(name)).then(|| name.to_owned());
        if named.is_some() && !manages {
            return Err(Refused::forbidden());
        }
        if named.is_none() && !manages {
            visitor.oneself(Permission::EnrolSelf, org(key)).await?;
        }
        Ok(Self { named, manages })
    }

    /// The path first, then the learner.
    async fn find(
        &self,
        state: &PluginState,
        pool: &PgPool,
        visitor: &Visitor,
        key: &str,
    ) -> Result<(PluginPath, LearnerId), Refused> {
        let mut conn = pool.acquire().await?;
        let (_, path) = state.seen(&mut conn, visitor, key).await?;
        if self.manages {
            visitor.may_in_found(Permission::ManageEnrolments, org(key), &path).await?;
        }
        let learner = self.learner(&mut conn, visitor).await?;
        Ok((path, learner))
    }

    async fn learner(&self, conn: &mut PgConnection, visitor: &Visitor) -> Result<LearnerId, Refused> {
        match &self.named {
            Some(name) => learner_by_username(conn, name).await?.ok_or_else(Refused::no_user),
            None => visitor.learner().ok_or_else(Refused::no_user),
        }
    }
}

fn admission(path: &PluginPath, learner: LearnerId, wish: Wish) -> Admission {
    Admission { run: path.key.clone(), who: Who::UserId(learner), wish }
}

fn change(state: PluginState, pool: PgPool, visitor: &Visitor, request_id: Option<RequestId>) -> Change {
    Change { state, pool, actor: visitor.caller.actor().to_owned(), request_id, reason: None }
}

/// Why somebody cannot be enrolled.
fn refused(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::UnknownRun | Refusal::InviteOnly => Refused::no_path(),
        Refusal::UnknownLearner => Refused::no_user(),
        other => Refused::conflict(other.to_string()),
    }
}
