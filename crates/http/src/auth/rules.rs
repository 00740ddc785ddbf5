//! Who may do what to whom: the one place that decides.

use std::collections::BTreeSet;

use lp_domain::PathId;

use super::token::Claims;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See which paths and runs there are.
    ReadCatalogue,
    /// See how far a learner is.
    ReadProgress,
    /// See what a learner is called: name, username, e-mail.
    ReadNames,
    /// See a learner's awards.
    ReadAwards,
    /// See drafts, policies and what is archived.
    ReadManagement,
    /// Change paths, runs and drafts, and publish.
    ManagePaths,
    /// Enrol others.
    ManageEnrolments,
    /// State facts of learners, and vouch for them.
    RecordFacts,
    /// Say which credentials are issued, and take them back.
    ManageCredentials,
    /// Enrol oneself.
    EnrolSelf,
    /// Say who may do what.
    ManageGrants,
    /// See who changed what.
    ReadAudit,
    /// Say who learners are: retire and rename them.
    ManageIdentities,
}

/// What or whom it concerns. Organisations are taken from keys and compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// Everything.
    Platform,
    /// What belongs to an organisation.
    Org(&'a str),
    /// A learner, by LMS user id, wherever they learn.
    Learner(i64),
    /// A learner in what belongs to an organisation.
    LearnerIn {
        /// LMS user id.
        learner: i64,
        /// The organisation.
        org: &'a str,
    },
}

impl Target<'_> {
    fn org(&self) -> Option<&str> {
        match self {
            Self::Org(org) | Self::LearnerIn { org, .. } => Some(org),
            Self::Platform | Self::Learner(_) => None,
        }
    }

    fn learner(&self) -> Option<i64> {
        match self {
            Self::Learner(learner) | Self::LearnerIn { learner, .. } => Some(*learner),
            Self::Platform | Self::Org(_) => None,
        }
    }
}

/// Where something may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere.
    All,
    /// In these organisations.
    Orgs(BTreeSet<String>),
}

impl Reach {
    /// The organisations for a query; `None` where there is no bound.
    #[must_use]
    pub fn orgs(self) -> Option<Vec<String>> {
        match self {
            Self::All => None,
            Self::Orgs(orgs) => Some(orgs.into_iter().collect()),
        }
    }

    /// The same, narrowed to one organisation where one is asked for.
    #[must_use]
    pub fn orgs_of(self, asked: Option<&str>) -> Option<Vec<String>> {
        let Some(org) = asked else { return self.orgs() };
        let is_within = match &self {
            Self::All => true,
            Self::Orgs(orgs) => orgs.contains(org),
        };
        Some(is_within.then(|| org.to_owned()).into_iter().collect())
    }
}

/// What a person is besides a learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Manages paths and their learners.
    PathManager,
    /// May do everything.
    Administrator,
    /// Sees everything and changes nothing.
    Auditor,
    /// Retires and renames learners, for the LMS.
    IdentityWorker,
}

impl Role {
    /// A role by its word in the grants table.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "path_manager" => Some(Self::PathManager),
            "administrator" => Some(Self::Administrator),
            "auditor" => Some(Self::Auditor),
            _ => None,
        }
    }

    fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Administrator => true,
            Self::PathManager => !matches!(permission, P::ManageGrants | P::ManageIdentities | P::EnrolSelf),
            Self::IdentityWorker => permission == P::ManageIdentities,
            Self::Auditor => {
                matches!(
                    permission,
                    P::ReadCatalogue | P::ReadProgress | P::ReadAwards | P::ReadManagement | P::ReadAudit
                )
            }
        }
    }
}

/// A role, in one organisation or everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The organisation; everywhere when not given.
    pub org: Option<String>,
}

impl Grant {
    fn allows(&self, permission: Permission, target: Target<'_>) -> bool {
        // What belongs to no organisation is no path manager's, also not of one who manages those of all.
        let within = self.role != Role::PathManager || target.org().is_some();
        within && self.role.may(permission) && self.org.as_deref().is_none_or(|org| target.org() == Some(org))
    }
}

/// What a caller is, as far as their token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// A person, or a service that acts as one.
    User { user_id: Option<i64>, roles: Vec<Grant> },
    /// A restricted application: only what its scopes name, in the organisations of its filters.
    Restricted { read: bool, write: bool, orgs: BTreeSet<String>, only: Only },
    /// A token that would be narrowed in a way that we do not understand.
    NotUnderstood,
}

/// Whom a restricted application may concern itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Only {
    Anybody,
    /// A learner, or nobody when the filter names somebody whom we do not know by name.
    Learner(Option<i64>),
}

impl Standing {
    pub(super) fn auditor() -> Self {
        Self::User { user_id: None, roles: vec![Grant { role: Role::Auditor, org: None }] }
    }

    /// What a token makes its holder; `identity_workers` are usernames.
    pub(super) fn of(claims: &Claims, identity_workers: &[String]) -> Self {
        let Some((orgs, only)) = filters(claims) else { return Self::NotUnderstood };
        if claims.is_restricted {
            let scope = |name| claims.scopes.iter().any(|scope| scope == name);
            let (read, write) = (scope("learning_paths:read"), scope("learning_paths:write"));
            return Self::Restricted { read, write, orgs, only };
        }
        // The filters of an unrestricted token say whose it is (`user:me`), not what it may.
        let mut roles: Vec<Grant> = claims.roles.iter().filter_map(|entry| role(entry)).collect();
        if claims.administrator || claims.superuser {
            roles.push(Grant { role: Role::Administrator, org: None });
        }
        if claims.username().is_some_and(|name| identity_workers.iter().any(|worker| worker == name)) {
            roles.push(Grant { role: Role::IdentityWorker, org: None });
        }
        Self::User { user_id: claims.user_id, roles }
    }

    pub(super) fn is_identity_worker(&self) -> bool {
        matches!(self, Self::User { roles, .. } if roles.iter().any(|grant| grant.role == Role::IdentityWorker))
    }

    /// Whether this is allowed; `more` are grants that the token does not name.
    pub(super) fn allows(&self, permission: Permission, target: Target<'_>, more: &[Grant]) -> bool {
        use Permission as P;
        match self {
            Self::NotUnderstood => false,
            Self::User { user_id, roles } => {
                let oneself = || user_id.is_some() && target.learner() == *user_id;
                match permission {
                    P::ReadCatalogue => true,
                    P::ReadProgress | P::ReadNames | P::ReadAwards | P::EnrolSelf if oneself() => true,
                    _ => roles.iter().chain(more).any(|grant| grant.allows(permission, target)),
                }
            }
            Self::Restricted { orgs, only, .. } => {
                self.has_scope(permission)
                    && target.org().is_some_and(|org| orgs.contains(org))
                    && match only {
                        Only::Anybody => true,
                        Only::Learner(learner) => target.learner().is_some_and(|of| Some(of) == *learner),
                    }
            }
        }
    }

    /// Where this is allowed, whoever it concerns; `None` when nowhere.
    pub(super) fn reach(&self, permission: Permission, more: &[Grant]) -> Option<Reach> {
        let orgs: BTreeSet<String> = match self {
            Self::NotUnderstood => return None,
            Self::User { .. } if permission == Permission::ReadCatalogue => return Some(Reach::All),
            Self::User { roles, .. } => {
                let holds = roles.iter().chain(more).filter(|grant| grant.role.may(permission));
                let orgs: Option<_> = holds.map(|grant| grant.org.clone()).collect();
                match orgs {
                    Some(orgs) => orgs,
                    None => return Some(Reach::All),
                }
            }
            Self::Restricted { orgs, only, .. } => {
                let of_all = *only == Only::Anybody || permission == Permission::ReadCatalogue;
                if self.has_scope(permission) && of_all { orgs.clone() } else { BTreeSet::new() }
            }
        };
        (!orgs.is_empty()).then_some(Reach::Orgs(orgs))
    }

    fn has_scope(&self, permission: Permission) -> bool {
        use Permission as P;
        let Self::Restricted { read, write, .. } = self else { return false };
        match permission {
            P::ReadCatalogue | P::ReadProgress | P::ReadAwards | P::ReadManagement => *read,
            P::ManagePaths | P::ManageEnrolments | P::RecordFacts | P::ManageCredentials => *write,
            P::ReadNames | P::EnrolSelf | P::ManageGrants | P::ReadAudit | P::ManageIdentities => false,
        }
    }
}

/// Organisations and learners that filters name; `None` when one of them is not understood. Split once, at the first colon.
fn filters(claims: &Claims) -> Option<(BTreeSet<String>, Only)> {
    let (mut orgs, mut only) = (BTreeSet::new(), Only::Anybody);
    for filter in &claims.filters {
        match filter.split_once(':')? {
            ("content_org", org) if is_org(org) => {
                orgs.insert(org.to_owned());
            }
            ("user", "me") => only = Only::Learner(claims.user_id),
            // By name; we know learners by id.
            ("user", name) if !name.contains(':') => {
                if only == Only::Anybody {
                    only = Only::Learner(None);
                }
            }
            _ => return None,
        }
    }
    Some((orgs, only))
}

/// One entry of the `roles` claim, `role:context`. A context may hold colons; without one it means nothing to us.
fn role(entry: &str) -> Option<Grant> {
    let (name, context) = entry.split_once(':')?;
    let role = match name {
        "learning_path_admin" => Role::PathManager,
        "learning_path_auditor" => Role::Auditor,
        _ => return None,
    };
    match context {
        "*" => Some(Grant { role, org: None }),
        org => PathId::new(org, "N").is_ok().then(|| Grant { role, org: Some(org.to_owned()) }),
    }
}

/// Whether a filter's organisation is one: an extra colon would be another part of the filter.
fn is_org(org: &str) -> bool {
    !org.contains(':') && PathId::new(org, "N").is_ok()
}
