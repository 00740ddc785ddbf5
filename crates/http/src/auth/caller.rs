//! Who asks, for handlers.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use super::rules::{Grant, Permission, Reach, Standing, Target};
use super::token::Claims;
use crate::problem::{Kind, Problem};

/// Where grants beyond the token's are kept: by LMS user id.
pub type GrantSource = Arc<dyn Fn(i64) -> BoxFuture<'static, Result<Vec<Grant>, Problem>> + Send + Sync>;

/// Who asks. Every guarded route has one.
#[derive(Clone)]
pub struct Caller(Arc<Inner>);

struct Inner {
    actor: String,
    user_id: Option<i64>,
    username: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    standing: Standing,
    grants: Option<GrantSource>,
    is_operator: bool,
}

impl Caller {
    pub(super) fn operator() -> Self {
        let standing = Standing::auditor();
        Self(Arc::new(Inner {
            actor: "operator".into(),
            user_id: None,
            username: None,
            expires_at: None,
            standing,
            grants: None,
            is_operator: true,
        }))
    }

    pub(super) fn of(claims: &Claims, identity_workers: &[String], grants: Option<GrantSource>) -> Self {
        let actor = match (claims.user_id, &claims.sub) {
            (Some(user_id), _) => format!("user:{user_id}"),
            (None, Some(sub)) => format!("subject:{sub}"),
            (None, None) => "subject:unknown".into(),
        };
        let (user_id, expires_at) = (claims.user_id, claims.expires_at());
        let username = claims.username().map(ToOwned::to_owned);
        let standing = Standing::of(claims, identity_workers);
        Self(Arc::new(Inner { actor, user_id, username, expires_at, standing, grants, is_operator: false }))
    }

    /// Their LMS user id, if the token says it.
    #[must_use]
    pub fn user_id(&self) -> Option<i64> {
        self.0.user_id
    }

    /// Their username at the LMS, as their token has it: personal, and not to be logged.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.0.username.as_deref()
    }

    /// When their token no longer holds, for what goes on longer than a request; `None` for the operator's own.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// Who they are in the audit log: `user:42`, `subject:…` (the LMS's anonymous id), `operator`; never a name.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.0.actor
    }

    /// Whether they may ask as often as they like: the operator, and whoever retires and renames learners for the LMS.
    pub(crate) fn is_trusted_to_ask(&self) -> bool {
        self.0.is_operator || self.0.standing.is_identity_worker()
    }

    /// That they may do this. Call it before anything of the target is looked up, so that the answer tells nothing of it.
    ///
    /// # Errors
    /// A 403 problem, the same whatever the target; 503 when grants cannot be looked up.
    pub async fn require(&self, permission: Permission, target: Target<'_>) -> Result<(), Problem> {
        if self.0.standing.allows(permission, target, &[])
            || self.0.standing.allows(permission, target, &self.more().await?)
        {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden))
    }

    /// Where they may do this, for lists.
    ///
    /// # Errors
    /// A 403 problem when nowhere; 503 when grants cannot be looked up.
    pub async fn reach(&self, permission: Permission) -> Result<Reach, Problem> {
        let reach = match self.0.standing.reach(permission, &[]) {
            Some(Reach::All) => Some(Reach::All),
            _ => self.0.standing.reach(permission, &self.more().await?),
        };
        reach.ok_or_else(|| Problem::new(Kind::Forbidden))
    }

    /// Where they may do this to a learner, for lists of what concerns the learner.
    ///
    /// # Errors
    /// A 403 problem when nowhere, the same whoever the learner is; 503 when grants cannot be looked up.
    pub async fn reach_to(&self, permission: Permission, learner: i64) -> Result<Reach, Problem> {
        if self.0.standing.allows(permission, Target::Learner(learner), &[]) {
            return Ok(Reach::All);
        }
        self.reach(permission).await
    }

    /// What a person was granted besides.
    async fn more(&self) -> Result<Vec<Grant>, Problem> {
        match (&self.0.standing, &self.0.grants, self.0.user_id) {
            (Standing::User { .. }, Some(grants), Some(user_id)) => grants(user_id).await,
            _ => Ok(Vec::new()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // A route that is not guarded has none, and lets nobody in.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::new(Kind::Unauthenticated))
    }
}
