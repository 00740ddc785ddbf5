/// What a batch did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Facts that were new.
    pub new_facts: usize,
    /// Verdicts that changed.
    pub changed_verdicts: usize,
    /// Completions to be told.
    pub completed: usize,
    /// Revocations to be told.
    pub revoked: usize,
    /// Places of messages whose event id was used for another fact before: nothing of such a fact was taken.
    pub reused_ids: Vec<usize>,
}

impl Outcome {
    /// Adds what another did.
    pub(crate) fn add(&mut self, other: Self) {
        self.new_facts += other.new_facts;
        self.changed_verdicts += other.changed_verdicts;
        self.completed += other.completed;
        self.revoked += other.revoked;
        self.reused_ids.extend(other.reused_ids);
    }
}
