//! `POST /api/v1/credentials`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use chrono::Utc;
use lp_domain::{LearnerId, Ratio, RunKey, Timestamp};
use lp_http::problem::Kind;
use lp_http::{Json, Permission, Problem, Query, Target};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::AwardBody;
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals, gift, reason};
use crate::http::refusal::{problem, refused};
use crate::http::state::CredentialsState;
use crate::issuing::{Secrets, give};
use crate::store::by_hand::Gift;
use crate::store::issuing::audit::By;
use crate::store::issuing::due::Names;
use crate::store::{Award, of_completion};

/// The longest name or address, in characters.
const MAX_NAME: usize = 255;

/// A credential for somebody of whose completion no event told.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCredential {
    /// LMS user id.
    #[schema(value_type = i64, minimum = 1)]
    learner_id: LearnerId,
    /// The path run whose credential it is.
    #[schema(value_type = String, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: RunKey,
    /// The revision of the run that it is as good as, from 1.
    #[schema(minimum = 1)]
    revision: u32,
    /// As of when; now when not given, and never in the future.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    awarded_at: Option<Timestamp>,
    /// 0 to 1, if there is one.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    grade: Option<Ratio>,
    /// Why, for the audit log; no names of learners.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Username at the LMS. It and the two below are of use where no event told what the learner is called.
    #[serde(default)]
    #[schema(max_length = 255)]
    username: Option<String>,
    /// E-mail address; with `username`.
    #[serde(default)]
    #[schema(max_length = 255)]
    email: Option<String>,
    /// Name as on a certificate; with `username`.
    #[serde(default)]
    #[schema(max_length = 255, example = "A. Learner")]
    name: Option<String>,
}

struct Give {
    gift: Gift,
    names: Option<Names>,
    secrets: Secrets,
}

impl Change for Give {
    type Done = Award;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<Award, Problem> {
        let Self { gift, names, secrets } = self;
        let given = give(conn, by, &secrets, &[(gift, names)], Utc::now()).await;
        let mut award = None;
        for answer in given.map_err(|error| problem(&error))? {
            let completion_id = answer.map_err(|refusal| refused(&refusal))?;
            award = of_completion(conn, completion_id).await.map_err(|error| Problem::database(&error))?;
        }
        award.ok_or_else(|| Problem::new(Kind::Internal))
    }
}

/// What a learner is called, if that is said. Without a username they would give way to an event that knows none.
fn names(
    username: Option<String>,
    email: Option<String>,
    name: Option<String>,
) -> Result<Option<Names>, Problem> {
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).unwrap_or_default();
    let names = Names { username: text(username), email: text(email), name: text(name) };
    if names == Names::default() {
        return Ok(None);
    }
    if names.username.is_empty() {
        return Err(Problem::unprocessable("`email` and `name` go with `username`"));
    }
    if [&names.username, &names.email, &names.name].iter().any(|text| text.chars().count() > MAX_NAME) {
        return Err(Problem::unprocessable("a username, an address or a name has at most 255 characters"));
    }
    Ok(Some(names))
}

/// Gives somebody an award by hand, for what no event told of: learning elsewhere that the organisation recognises, for example. The
/// credential for it is issued within a moment, like any other. 409 when the run has no definition that is enabled, when the learner has
/// an award of it that is not revoked, and when their account is retired.
#[utoipa::path(
    post,
    path = "/api/v1/credentials",
    tag = "credentials",
    request_body = NewCredential,
    responses(
        (status = 201, description = "The award.", body = AwardBody,
         headers(("location" = String, description = "Where it is."))),
        Refusals,
    )
)]
pub(crate) async fn create_credential(
    State(state): State<CredentialsState>,
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    Json(body): Json<NewCredential>,
) -> Result<impl IntoResponse, Problem> {
    let NewCredential {
        learner_id,
        run_key,
        revision,
        awarded_at,
        grade,
        reason: why,
        username,
        email,
        name,
    } = body;
    asked.caller.require(Permission::ManageCredentials, Target::Org(run_key.org())).await?;
    let secrets = state.issuer()?.secrets.clone();
    let gift = gift(learner_id, &run_key, revision, awarded_at, grade, Utc::now())
        .map_err(|wrong| Problem::new(Kind::Unprocessable).with_errors(vec![wrong]))?;
    let give = Give { gift, names: names(username, email, name)?, secrets };
    let award = asked.change(&state.writers, Some(reason(why)?), give).await?;
    let location = format!("/api/v1/awards/{}", award.award_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(AwardBody::from(award))))
}
