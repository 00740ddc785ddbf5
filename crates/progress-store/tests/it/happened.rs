//! What is previewed, and what then happened.

use std::collections::BTreeSet;

use lp_domain::CompletionState;
use lp_progress_store::{
    Affected, Candidate, Counts, Effect, Loss, Portion, Standing, preview, preview_total,
};
use sqlx::Connection as _;

use crate::fixture::{Fixture, hour, run_key};

/// All portions of a preview, as the role that only reads; the whole as if it were one.
pub(crate) async fn whole(fixture: &mut Fixture, candidate: &Candidate, limit: i64) -> Portion {
    let mut tx = fixture.conn.begin().await.unwrap();
    for setting in ["SET LOCAL ROLE lp_reader", "SET TRANSACTION READ ONLY"] {
        sqlx::query(setting).execute(&mut *tx).await.unwrap();
    }
    let mut whole = Portion { next: None, counts: Counts::default(), affected: vec![], digest: [0; 32] };
    loop {
        let (catalogue, now) = (&mut fixture.catalogue, hour(1_001));
        let portion =
            preview(&mut tx, catalogue, &run_key("run"), candidate, whole.next, limit, now).await.unwrap();
        whole.counts += portion.counts;
        whole.affected.extend(portion.affected);
        (whole.next, whole.digest) = (portion.next, portion.digest);
        if whole.next.is_none() {
            break;
        }
    }
    let total = preview_total(&mut tx, &run_key("run"), candidate.moves).await.unwrap();
    assert_eq!(i64::try_from(whole.counts.learners).unwrap(), total);
    tx.rollback().await.unwrap();
    whole
}

/// What became of a learner, from what the database says.
fn effect(before: &Row, after: &Row) -> Effect {
    match (before.state.as_deref(), after.state.as_deref()) {
        (Some("valid"), Some("valid")) => Effect::Keeps,
        (_, Some("valid")) => Effect::Gains,
        (Some(was), Some("revoked")) if was != "revoked" => Effect::Loses(Loss::Revoked),
        (Some(was), Some("grace")) if was != "grace" => Effect::Loses(Loss::Grace),
        (Some(was), Some("under_review")) if was != "under_review" => Effect::Loses(Loss::Review),
        _ if after.progress > before.progress => Effect::Up,
        _ if after.progress < before.progress => Effect::Down,
        _ => Effect::Same,
    }
}

/// Holds a preview against what then happened; says which effects there were.
pub(crate) fn hold_against(previewed: &Portion, before: &[Row], after: &[Row]) -> BTreeSet<String> {
    let mut counts = Counts { learners: before.len().try_into().unwrap(), ..Counts::default() };
    let mut effects = BTreeSet::new();
    let mut affected = previewed.affected.iter().peekable();
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before.learner_id, after.learner_id);
        let effect = effect(before, after);
        effects.insert(format!("{effect:?}"));
        *match effect {
            Effect::Gains => &mut counts.gains,
            Effect::Loses(Loss::Revoked) => &mut counts.revoked,
            Effect::Loses(Loss::Grace) => &mut counts.grace,
            Effect::Loses(Loss::Review) => &mut counts.review,
            Effect::Keeps => &mut counts.keeps,
            Effect::Up => &mut counts.up,
            Effect::Down => &mut counts.down,
            Effect::Same => &mut counts.same,
        } += 1;
        if let Some(named) = affected.next_if(|affected| affected.learner.get() == before.learner_id) {
            assert_eq!(named.effect, effect, "{named:?}");
            assert_eq!(
                (Row::of(named, &named.before), Row::of(named, &named.after)),
                (before.clone(), after.clone())
            );
            assert_eq!(named.why.missing.is_empty(), after.achievement == 2, "{named:?}");
        } else {
            // Only revisions may differ: what is kept may be renewed under another.
            let Row { revision, completed_under, .. } = *after;
            assert_eq!(Row { revision, completed_under, ..before.clone() }, *after);
        }
    }
    assert_eq!(affected.next(), None);
    assert_eq!(previewed.counts, counts);
    effects
}

/// Where a learner stands.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) learner_id: i64,
    pub(crate) revision: i32,
    pub(crate) achievement: i16,
    pub(crate) progress: f64,
    pub(crate) state: Option<String>,
    pub(crate) completed_under: Option<i32>,
}

pub(crate) async fn rows(fixture: &mut Fixture) -> Vec<Row> {
    sqlx::query_as(
        "SELECT e.learner_id, p.revision, p.achievement, p.progress, c.state, c.revision AS completed_under
         FROM enrolments e
         JOIN runs USING (run_id)
         JOIN progress p ON (p.learner_id, p.run_id) = (e.learner_id, e.run_id)
         LEFT JOIN LATERAL (
             SELECT * FROM completions
             WHERE (learner_id, run_id, attempt) = (e.learner_id, e.run_id, e.attempt)
             ORDER BY period DESC, sequence DESC LIMIT 1
         ) c ON true
         WHERE run_key = $1 ORDER BY e.learner_id",
    )
    .bind(run_key("run").as_str())
    .fetch_all(&mut fixture.conn)
    .await
    .unwrap()
}

impl Row {
    /// What a preview says.
    pub(crate) fn of(affected: &Affected, standing: &Standing) -> Self {
        let state = standing.completion.map(|(state, _)| match state {
            CompletionState::Valid => "valid",
            CompletionState::Grace { .. } => "grace",
            CompletionState::UnderReview { .. } => "under_review",
            CompletionState::Revoked { .. } => "revoked",
        });
        Self {
            learner_id: affected.learner.get(),
            revision: standing.revision.cast_signed(),
            achievement: standing.achievement as i16,
            progress: standing.progress.get(),
            state: state.map(str::to_owned),
            completed_under: standing.completion.map(|(_, revision)| revision.cast_signed()),
        }
    }
}
