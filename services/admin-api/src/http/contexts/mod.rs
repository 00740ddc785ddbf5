//! Courses and other contexts that are gone at their source.

mod list;
mod restore;
mod withdraw;

pub(super) use list::*;
pub(super) use restore::*;
pub(super) use withdraw::*;

use lp_domain::ContextKey;
use lp_http::{Caller, Permission, Problem, Target};

/// Whoever manages paths of the organisation that a context is of; one of none is the platform's.
async fn require(caller: &Caller, key: &ContextKey) -> Result<(), Problem> {
    let org = key.org();
    caller.require(Permission::ManagePaths, org.as_deref().map_or(Target::Platform, Target::Org)).await
}
