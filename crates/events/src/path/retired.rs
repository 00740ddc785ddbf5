//! `org.openedx.learning.path.learner.retired.v1`.

use lp_domain::{LearnerId, Timestamp};
use serde::Serialize;

use super::wire;
use crate::fields::Fields;
use crate::instant::iso;
use crate::poison::Poison;

/// A learner's account was retired: whoever keeps their name, username or e-mail address has to forget it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerRetired {
    /// The learner; nothing but the id, as an event cannot be taken back.
    pub learner: LearnerId,
    /// When we were told.
    pub retired_at: Timestamp,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire {
    user_id: i64,
    retired_at: String,
}

#[derive(Serialize)]
struct Datum {
    learning_path_retired_learner: Wire,
}

impl LearnerRetired {
    pub(super) fn encode(&self) -> Vec<u8> {
        let wire = Wire { user_id: self.learner.get(), retired_at: iso(self.retired_at) };
        wire::encode(&wire::LEARNER_RETIRED, &Datum { learning_path_retired_learner: wire })
    }

    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut event = datum.record("learning_path_retired_learner")?;
        Ok(Self { learner: event.learner("user_id")?, retired_at: event.date("retired_at")? })
    }
}
