//! `GET enrollments/`.

use axum::Json;
use axum::extract::State;
use lp_http::{Permission, Reach};
use lp_progress_store::plugin::{count_enrolments, list_enrolments as list};
use sqlx::PgPool;

use super::detail::{Detail, Refused};
use super::paging::{Address, EnrolmentPage, Place};
use super::shape::EnrolmentBody;
use super::state::PluginState;
use super::visitor::Visitor;

/// The caller's enrolments, past ones too; those who may know see others' as well.
#[utoipa::path(
    get,
    path = "/api/learning_paths/v1/enrollments/",
    tag = "enrollments",
    params(
        ("page" = Option<String>, Query, description = "The number of a page, or `last`.", example = "2"),
        ("page_size" = Option<u32>, Query, description = "100 at most.", example = 10)
    ),
    responses(
        (status = 200, description = "A page of enrolments, by learner.", body = EnrolmentPage<EnrolmentBody>),
        (status = 400, description = "A null character in a parameter.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 404, description = "There is no such page.", body = Detail)
    )
)]
pub(crate) async fn list_enrolments(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    address: Address,
) -> Result<Json<EnrolmentPage<EnrolmentBody>>, Refused> {
    let orgs = match visitor.reach(Permission::ReadProgress).await? {
        Some(Reach::All) => None,
        Some(reach) => reach.orgs(),
        None => Some(Vec::new()),
    };
    let (learner, orgs) = (visitor.viewer.learner, orgs.as_deref());
    let mut conn = pool.acquire().await?;
    state.catalogue(&mut conn).await?;
    let place = Place::sized(&address, count_enrolments(&mut conn, learner, orgs).await?)?;
    let found = list(&mut conn, learner, orgs, place.limit(), place.offset()).await?;
    let results = found.into_iter().map(EnrolmentBody::from).collect();
    Ok(Json(EnrolmentPage::of(&address, place, results)))
}
