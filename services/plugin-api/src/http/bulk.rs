//! `enrollments/bulk-enroll/`: many people in many paths, a few at a time.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use lp_domain::RunKey;
use lp_http::{Permission, Reach, RequestId};
use lp_progress_store::plugin::{Viewer, Wanted, list_paths};
use lp_progress_store::{Admission, Admitted, Again, Answer, Named, Refusal, Wish};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use super::change::Change;
use super::detail::{Detail, Refused};
use super::fields::Fields;
use super::state::PluginState;
use super::visitor::Visitor;

/// The most pairs of a path and a person that are done at once.
const MAX_PAIRS: usize = 1_000;
/// The longest reason, in characters.
const MAX_REASON: usize = 1_000;
/// The longest address, in bytes.
const MAX_EMAIL: usize = 254;

/// Whom, and where.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[expect(dead_code, reason = "documents what `Fields` reads")]
pub(crate) struct BulkEnrolment {
    /// Keys of paths, by commas.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open,path-v1:OpenedX+WEB+2026+open")]
    learning_paths: Option<String>,
    /// E-mail addresses, by commas.
    #[schema(example = "ann@example.com,bob@example.com")]
    emails: Option<String>,
    /// For the audit log.
    reason: Option<String>,
    /// For the audit log.
    org: Option<String>,
    /// For the audit log.
    role: Option<String>,
}

/// What became of it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct BulkEnrolled {
    /// How many are in from now on.
    enrollments_created: u32,
    /// How many have no account yet and will be in once they have.
    enrollment_allowed_created: u32,
    /// What was asked for and cannot be.
    skipped: Vec<Skipped>,
}

/// Something that cannot be.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Skipped {
    /// The path, as it was named; null where the address itself is wrong.
    learning_path: Option<String>,
    /// The person, as they were named; null where the path itself is wrong.
    email: Option<String>,
    /// Why.
    #[schema(example = "no such learning path")]
    reason: String,
}

/// Enrols people in paths; whoever has no account yet is invited.
#[utoipa::path(
    post,
    path = "/api/learning_paths/v1/enrollments/bulk-enroll/",
    tag = "enrollments",
    request_body = BulkEnrolment,
    responses(
        (status = 201, description = "What became of it.", body = BulkEnrolled),
        (status = 400, description = "The body cannot be read, or names too many.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 403, description = "Not by this caller.", body = Detail)
    )
)]
pub(crate) async fn bulk_enrol(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    request_id: Option<Extension<RequestId>>,
    fields: Fields,
) -> Result<(StatusCode, Json<BulkEnrolled>), Refused> {
    let request_id = request_id.map(|Extension(id)| id);
    let wish = Wish::Enrol(Again::Resumed);
    let (admitted, skipped) = all(state, pool, &visitor, request_id, &fields, wish).await?;
    let mut done = BulkEnrolled { skipped, ..BulkEnrolled::default() };
    for (pair, admitted) in admitted {
        match admitted {
            Admitted::Learner(_, Answer::Changed(_)) => done.enrollments_created += 1,
            Admitted::Invited(_, true) => done.enrollment_allowed_created += 1,
            Admitted::Learner(_, Answer::Unchanged(_))
            | Admitted::Invited(_, false)
            | Admitted::Uninvited(_) => {}
            Admitted::Learner(_, Answer::Refused(refusal)) | Admitted::Refused(refusal) => {
                done.skipped.push(pair.skipped(refusal));
            }
        }
    }
    Ok((StatusCode::CREATED, Json(done)))
}

/// Takes people out of paths; invitations of those who have no account yet are withdrawn.
#[utoipa::path(
    delete,
    path = "/api/learning_paths/v1/enrollments/bulk-enroll/",
    tag = "enrollments",
    request_body = BulkEnrolment,
    responses(
        (status = 204, description = "Whoever was in is out."),
        (status = 400, description = "The body cannot be read, or names too many.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 403, description = "Not by this caller.", body = Detail)
    )
)]
pub(crate) async fn bulk_unenrol(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    request_id: Option<Extension<RequestId>>,
    fields: Fields,
) -> Result<StatusCode, Refused> {
    let request_id = request_id.map(|Extension(id)| id);
    all(state, pool, &visitor, request_id, &fields, Wish::Withdraw).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One person in one path, as they were named.
struct Pair {
    key: String,
    email: String,
}

impl Pair {
    fn skipped(self, refusal: Refusal) -> Skipped {
        let reason = match refusal {
            Refusal::UnknownLearner => {
                "nobody has this address, and nobody can be invited: LP_CLAIMS_KEY is not set".into()
            }
            other => other.to_string(),
        };
        Skipped { learning_path: Some(self.key), email: Some(self.email), reason }
    }
}

async fn all(
    state: PluginState,
    pool: PgPool,
    visitor: &Visitor,
    request_id: Option<RequestId>,
    fields: &Fields,
    wish: Wish,
) -> Result<(Vec<(Pair, Admitted)>, Vec<Skipped>), Refused> {
    let reach = visitor.caller.reach(Permission::ManageEnrolments).await?;
    let (keys, emails) = (named(fields.text("learning_paths")?), named(fields.text("emails")?));
    let reason = reason(fields)?;
    if keys.len().saturating_mul(emails.len().max(1)) > MAX_PAIRS || emails.len() > MAX_PAIRS {
        return Err(Refused::bad_request(format!(
            "At most {MAX_PAIRS} pairs of a path and a person are done at once. \
             The admin API takes more of them as a job: POST /api/v1/jobs."
        )));
    }
    let mut skipped = Vec::new();
    let mut conn = pool.acquire().await?;
    let runs = runs(&state, &mut conn, reach, keys, &mut skipped).await?;
    drop(conn);
    let emails: Vec<String> = emails
        .into_iter()
        .filter(|email| {
            let sound = is_address(email);
            if !sound {
                let reason = "not an e-mail address".to_owned();
                skipped.push(Skipped { learning_path: None, email: Some(email.clone()), reason });
            }
            sound
        })
        .collect();
    let (mut pairs, mut asked) = (Vec::new(), Vec::new());
    for (run, key) in &runs {
        for email in &emails {
            // Only external keys cannot be looked for.
            let Some(who) = Named::Email(email.clone()).who(state.claims.as_ref()) else { continue };
            asked.push(Admission { run: run.clone(), who, wish });
            pairs.push(Pair { key: key.clone(), email: email.clone() });
        }
    }
    let actor = visitor.caller.actor().to_owned();
    let admitted = Change { state, pool, actor, request_id, reason }.all(asked).await?;
    Ok((pairs.into_iter().zip(admitted).collect(), skipped))
}

/// What stands between commas, each once, whatever the case.
fn named(text: &str) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for (place, one) in text.split(',').map(str::trim).filter(|one| !one.is_empty()).enumerate() {
        seen.entry(one.to_lowercase()).or_insert((place, one.to_owned()));
    }
    let mut named: Vec<(usize, String)> = seen.into_values().collect();
    named.sort_unstable();
    named.into_iter().map(|(_, one)| one).collect()
}

/// The runs of these keys that are within reach.
async fn runs(
    state: &PluginState,
    conn: &mut PgConnection,
    reach: Reach,
    keys: Vec<String>,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<(RunKey, String)>, Refused> {
    state.catalogue(&mut *conn).await?;
    let viewer = Viewer { orgs: reach.orgs(), sees_all: true, ..Viewer::default() };
    let mut runs: Vec<(RunKey, String)> = Vec::new();
    for key in keys {
        let found = list_paths(conn, &viewer, Wanted::Key(&key), 1, 0).await?;
        if let Some(path) = found.into_iter().next() {
            runs.push((path.key, key));
        } else {
            let reason = "no such learning path".to_owned();
            skipped.push(Skipped { learning_path: Some(key), email: None, reason });
        }
    }
    Ok(runs)
}

fn is_address(email: &str) -> bool {
    let parts = email.split_once('@');
    email.len() <= MAX_EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// What the audit log is told.
fn reason(fields: &Fields) -> Result<Option<String>, Refused> {
    let mut said = vec![fields.text("reason")?.to_owned()];
    for name in ["org", "role"] {
        let value = fields.text(name)?;
        if !value.is_empty() {
            said.push(format!("{name}: {value}"));
        }
    }
    said.retain(|part| !part.is_empty());
    let said = said.join("; ");
    if said.chars().count() > MAX_REASON {
        return Err(Refused::bad_request(format!("A reason has at most {MAX_REASON} characters.")));
    }
    Ok((!said.is_empty()).then_some(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_commas_is_trimmed_and_counts_once_whatever_its_case() {
        assert_eq!(named(" a@x.org, b@x.org,,A@X.org ,"), ["a@x.org", "b@x.org"]);
        assert_eq!(named(""), Vec::<String>::new());
    }

    #[test]
    fn an_address_has_a_name_and_a_host() {
        assert!(is_address("a@x.org"));
        for wrong in ["a", "@x", "a@", "a@b@c", "a b@x.org", "a@x\u{7f}.org"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
