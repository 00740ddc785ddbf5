//! Paths, runs, drafts, grants and the audit log over HTTP.

mod asked;
mod audit;
mod bodies;
mod contexts;
mod drafts;
mod enrolments;
mod facts;
mod gaps;
mod grants;
mod identities;
mod invitations;
mod jobs;
mod listing;
mod named;
mod paths;
mod proposals;
mod refusal;
mod revisions;
mod runs;
mod state;
mod upload;
mod what_if;

use axum::extract::{DefaultBodyLimit, FromRef as _};
use chrono::Utc;
use lp_domain::{FactKind, Ratio, Timestamp};
use lp_http::problem::ProblemDocument;
use lp_http::{Api, Auth, Checks, Limits, MetricsPage, TokenScheme};
use lp_progress_store::StoreError;
use sqlx::PgPool;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest definition, in bytes: the most items, each with the longest title and some equivalents.
const MAX_DEFINITION_BYTES: usize = 2 << 20;
/// The most that a job's rows may take, in bytes: 100,000 of them with long addresses.
const MAX_JOB_BYTES: usize = 32 << 20;

pub use state::AdminState;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Learning Paths: administration",
        description = "Paths, their runs, drafts and revisions, their learners, who may do what, and who did what. Errors are problem \
                       documents (RFC 9457). Keys are percent-encoded in paths: they may hold spaces, `/`, `?`, `#` and \
                       more. What is edited carries an `ETag`, which an edit sends back as `If-Match`; what is made \
                       takes an `Idempotency-Key`, with which a request that is sent again is answered again and not \
                       done again, for a day. Every change is written down in the audit log.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "paths", description = "Learning paths, as people see them."),
        (name = "runs", description = "What learners are enrolled in."),
        (name = "drafts", description = "What is to become a run's next revision."),
        (name = "revisions", description = "What was published, which never changes."),
        (name = "enrolments", description = "Learners in runs, and those who will be."),
        (name = "jobs", description = "Enrolments of many people at once, and facts of many."),
        (name = "facts", description = "What staff state of learners."),
        (name = "gaps", description = "What the LMS has of learners and facts do not say."),
        (name = "learners", description = "Who learners are, as the LMS says."),
        (name = "contexts", description = "Courses and others that are gone at their source."),
        (name = "grants", description = "Who may do what, beyond what tokens say."),
        (name = "audit", description = "Who did what.")
    ),
    // Named by others, and by no operation itself.
    components(schemas(ProblemDocument, Ratio, FactKind, jobs::Action, jobs::Row, facts::FactRow)),
    security(("token" = []), ("cookie" = [])),
    modifiers(&TokenScheme)
)]
struct Document;

fn documented() -> OpenApiRouter<AdminState> {
    let definitions = OpenApiRouter::new()
        .routes(routes!(drafts::get_draft, drafts::put_draft, drafts::delete_draft))
        .routes(routes!(drafts::validate))
        .routes(routes!(what_if::what_if))
        .layer(DefaultBodyLimit::max(MAX_DEFINITION_BYTES));
    let jobs = OpenApiRouter::new()
        .routes(routes!(jobs::list_jobs, jobs::create_job))
        .routes(routes!(facts::import_facts))
        .layer(DefaultBodyLimit::max(MAX_JOB_BYTES));
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(paths::list_paths, paths::create_path))
        .routes(routes!(paths::get_path, paths::edit_path))
        .routes(routes!(paths::archive_path))
        .routes(routes!(paths::restore_path))
        .routes(routes!(runs::list_runs, runs::create_run))
        .routes(routes!(runs::get_run, runs::edit_run))
        .routes(routes!(runs::archive_run))
        .routes(routes!(runs::restore_run))
        .routes(routes!(runs::clone_run))
        .routes(routes!(proposals::list_proposals))
        .routes(routes!(proposals::dismiss_proposal))
        .routes(routes!(contexts::list_unavailable))
        .routes(routes!(contexts::set_unavailable, contexts::set_available))
        .merge(definitions)
        .routes(routes!(drafts::draft_difference))
        .routes(routes!(revisions::publish))
        .routes(routes!(revisions::list_revisions))
        .routes(routes!(revisions::get_revision))
        .routes(routes!(revisions::revision_difference))
        .routes(routes!(revisions::migrate_learners))
        .routes(routes!(enrolments::list_enrolments, enrolments::create_enrolment))
        .routes(routes!(enrolments::get_enrolment))
        .routes(routes!(enrolments::suspend_enrolment))
        .routes(routes!(enrolments::resume_enrolment))
        .routes(routes!(enrolments::withdraw_enrolment))
        .routes(routes!(enrolments::enrol_oneself, enrolments::withdraw_oneself))
        .routes(routes!(invitations::list_invitations))
        .routes(routes!(invitations::withdraw_invitation))
        .routes(routes!(invitations::link_external_key))
        .merge(jobs)
        .routes(routes!(jobs::get_job))
        .routes(routes!(jobs::list_job_rows))
        .routes(routes!(jobs::list_job_courses))
        .routes(routes!(jobs::job_result))
        .routes(routes!(jobs::cancel_job))
        .routes(routes!(facts::record_override))
        .routes(routes!(gaps::create_gap_check))
        .routes(routes!(gaps::list_gap_checks))
        .routes(routes!(gaps::get_gap_check))
        .routes(routes!(gaps::list_gap_findings))
        .routes(routes!(gaps::heal_gap_check))
        .routes(routes!(gaps::cancel_gap_check))
        .routes(routes!(identities::retire_user))
        .routes(routes!(identities::replace_usernames))
        .routes(routes!(identities::merge_learner))
        .routes(routes!(grants::list_grants, grants::create_grant))
        .routes(routes!(grants::revoke_grant))
        .routes(routes!(audit::list_audit))
        .routes(routes!(audit::export_audit))
}

pub(crate) fn now() -> Result<Timestamp, StoreError> {
    Ok(Timestamp::try_from(Utc::now()).map_err(sqlx::Error::decode)?)
}

/// The OpenAPI document, as it is served at `/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// The service's whole router; `checks` are what else must be well.
#[must_use]
pub fn api(state: AdminState, checks: Checks, metrics: MetricsPage, auth: Auth, limits: Limits) -> Api {
    let pool = PgPool::from_ref(&state);
    let (routes, openapi) = documented().with_state(state).split_for_parts();
    let checks = checks.with("postgres", move || {
        let pool = pool.clone();
        async move {
            let checked = async { lp_progress_store::read::check(&mut *pool.acquire().await?).await };
            checked.await.map_err(|error| lp_postgres::in_words(&error, "lp_writer", "LP_DATABASE_URL"))
        }
    });
    Api { routes, public: axum::Router::new(), openapi: Some(openapi), checks, metrics, auth, limits }
}
