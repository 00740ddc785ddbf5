//! What issuers say of themselves and of their credentials.

mod definitions;
mod issuers;

pub(super) use definitions::*;
pub(super) use issuers::*;

use axum::http::HeaderMap;
use lp_http::Problem;
use lp_http::conditional::if_match_or_none;
use lp_http::problem::{Kind, Place};
use sqlx::PgConnection;

use crate::store::issuing::images::has_image;

/// Whether the version that is there is the one that the request replaces.
fn is_expected(headers: &HeaderMap, there: Option<i32>) -> Result<(), Problem> {
    if if_match_or_none(headers)? == there.map(i64::from) {
        return Ok(());
    }
    Err(Problem::new(Kind::PreconditionFailed).with_detail("it has another version by now"))
}

/// What is wrong with it, and pictures that nobody has stored.
async fn check(
    conn: &mut PgConnection,
    problems: Vec<(String, &'static str)>,
    images: impl Iterator<Item = &str>,
) -> Result<(), Problem> {
    let places = problems.into_iter().map(|(pointer, detail)| Place { pointer, detail: detail.to_owned() });
    let places: Vec<Place> = places.collect();
    if !places.is_empty() {
        return Err(Problem::new(Kind::Unprocessable).with_errors(places));
    }
    for digest in images {
        let bytes = hex::decode(digest).unwrap_or_default();
        if !has_image(conn, &bytes).await.map_err(|error| Problem::database(&error))? {
            let detail = format!("there is no picture {digest}; store it first");
            return Err(Problem::unprocessable(detail));
        }
    }
    Ok(())
}
