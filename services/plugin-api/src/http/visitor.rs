//! Who asks, as the plugin sees them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lp_domain::LearnerId;
use lp_http::{Caller, Kind, Permission, Problem, Reach, Target};
use lp_progress_store::plugin::{PluginPath, Viewer};

use super::detail::Refused;

/// Whoever asks. What the plugin calls staff are those who may do as much in the organisation that a path belongs to.
pub(crate) struct Visitor {
    pub(crate) caller: Caller,
    /// What they see.
    pub(crate) viewer: Viewer,
}

impl Visitor {
    /// Their LMS user id.
    pub(crate) fn learner(&self) -> Option<LearnerId> {
        self.caller.user_id().and_then(|id| LearnerId::try_from(id).ok())
    }

    /// Whether a name is their own; the plugin compares exactly.
    pub(crate) fn is(&self, username: &str) -> bool {
        self.caller.username() == Some(username)
    }

    /// Whether they may do this in an organisation.
    pub(crate) async fn may_in(&self, permission: Permission, org: &str) -> Result<bool, Problem> {
        unless_forbidden(self.caller.require(permission, Target::Org(org)).await).map(|may| may.is_some())
    }

    /// That they may do this in the organisation of a path that was found, too: a key in another case names another one.
    pub(crate) async fn may_in_found(
        &self,
        permission: Permission,
        asked: &str,
        path: &PluginPath,
    ) -> Result<(), Refused> {
        if path.key.org() != asked {
            self.caller.require(permission, Target::Org(path.key.org())).await?;
        }
        Ok(())
    }

    /// Where they may do this; `None` when nowhere.
    pub(crate) async fn reach(&self, permission: Permission) -> Result<Option<Reach>, Problem> {
        unless_forbidden(self.caller.reach(permission).await)
    }

    /// That they may do this to themselves in an organisation; who they are.
    pub(crate) async fn oneself(&self, permission: Permission, org: &str) -> Result<LearnerId, Refused> {
        let learner = self.learner().ok_or_else(Refused::forbidden)?;
        self.caller.require(permission, Target::LearnerIn { learner: learner.get(), org }).await?;
        Ok(learner)
    }
}

fn unless_forbidden<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(problem) if problem.kind() == Kind::Forbidden => Ok(None),
        Err(problem) => Err(problem),
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let orgs = caller.reach(Permission::ReadCatalogue).await?.orgs();
        let manages = unless_forbidden(caller.reach(Permission::ReadManagement).await)?;
        let sees_all = manages == Some(Reach::All);
        let sees_all_of = manages.and_then(Reach::orgs).unwrap_or_default();
        let viewer = Viewer { learner: caller.user_id(), orgs, sees_all, sees_all_of };
        Ok(Self { caller, viewer })
    }
}
