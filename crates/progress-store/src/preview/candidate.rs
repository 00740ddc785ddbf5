//! What a run might become, and the run as it would be then.

use std::sync::Arc;

use lp_domain::{Definition, RunPolicy};
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::catalogue::Run;
use crate::judgement::Judged;
use crate::preview::Place;

/// What a run might become.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What learners would have to do.
    pub content: Content,
    /// How the run would judge.
    pub policy: RunPolicy,
    /// Who would be moved to it. `None`: nobody, so that the policy says whom it is held against: everybody in a run
    /// that follows its latest revision, nobody in a pinned one.
    pub moves: Option<Whom>,
}

/// What learners would have to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A definition that has passed [`Definition::check`], as if it were published now.
    Draft(Definition),
    /// A published revision.
    Published(u32),
}

/// Learners of a run who are moved to another revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// All of them, those too who are there already: whoever is enrolled after the preview makes it out of date.
    Everybody,
    /// Those on this revision.
    On(u32),
}

impl Whom {
    /// The revision that learners must be on to be among them; `None` for any.
    pub(crate) fn revision(self) -> Option<u32> {
        match self {
            Self::Everybody => None,
            Self::On(revision) => Some(revision),
        }
    }
}

/// A run as it is, and as it would be.
pub(crate) struct Worlds<'a> {
    pub(crate) before: &'a Run,
    pub(crate) after: Run,
    /// The candidate's revision.
    pub(crate) target: u32,
    moves: Option<Whom>,
}

impl Candidate {
    pub(crate) fn worlds<'a>(&self, run: &'a Run) -> Result<Worlds<'a>, StoreError> {
        let mut after = Run { policy: self.policy.clone(), ..run.clone() };
        let target = match &self.content {
            Content::Published(revision) => *revision,
            // What is published once more becomes no revision.
            Content::Draft(draft) if run.definition(run.latest_revision).is_some_and(|it| **it == *draft) => {
                run.latest_revision
            }
            Content::Draft(draft) => {
                after.revisions.push(Arc::new(draft.clone()));
                after.latest_revision += 1;
                after.latest_revision
            }
        };
        if after.definition(target).is_none() {
            return Err(StoreError::UnknownRevision { run: run.key.clone(), revision: target });
        }
        Ok(Worlds { before: run, after, target, moves: self.moves })
    }
}

impl Worlds<'_> {
    /// The enrolment as it would be.
    pub(crate) fn moved(&self, one: &Judged) -> Judged {
        let mut moved = one.clone();
        if self.moves.is_some() {
            moved.enrolment.revision = self.target;
        }
        moved
    }

    /// Where a preview goes on that stood there.
    pub(crate) fn place(&self, from: Option<Place>) -> Result<Place, StoreError> {
        let worlds = self.digest()?;
        match from {
            None => Ok(Place { after: 0, digest: worlds, worlds }),
            Some(place) if place.worlds == worlds => Ok(place),
            Some(_) => Err(StoreError::WorldMoved(self.before.key.clone())),
        }
    }

    /// SHA-256 over what is compared with what. A draft and the revision that it becomes are the same.
    pub(crate) fn digest(&self) -> Result<[u8; 32], StoreError> {
        let policies = serde_json::to_string(&(&self.before.policy, &self.after.policy))
            .map_err(StoreError::corrupt("a policy"))?;
        let moves = match self.moves {
            None => "nobody".to_owned(),
            Some(Whom::Everybody) => "everybody".to_owned(),
            Some(Whom::On(revision)) => revision.to_string(),
        };
        let mut sum = Sha256::new();
        sum.update(format!("{}\n{}\n{policies}\n{moves}\n", self.before.key, self.target));
        sum.update(
            self.after.definition(self.target).map(|definition| definition.digest()).unwrap_or_default(),
        );
        Ok(sum.finalize().into())
    }
}
