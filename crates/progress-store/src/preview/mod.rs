//! What if: what a candidate would do to the learners of a run, from what is really known of them. Nothing is written, and no
//! lock is taken.

mod candidate;
mod effect;

use std::collections::BTreeSet;

use lp_domain::{LearnerFacts, LearnerId, RunKey, Timestamp, Verdict};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

pub(crate) use candidate::Worlds;
pub use candidate::{Candidate, Content, Whom};
pub use effect::{Affected, Counts, Effect, ItemChange, Loss, Standing, Why};

use crate::catalogue::{Catalogue, Run};
use crate::facts::{self, Known};
use crate::journal::Journals;
use crate::judgement::{Evidence, Judged};
use crate::{StoreError, enrolled, states};

/// Where a preview stands between two portions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The last learner looked at.
    pub after: i64,
    /// SHA-256 over what is compared, and over all learners so far.
    pub digest: [u8; 32],
    /// SHA-256 over what is compared.
    pub worlds: [u8; 32],
}

/// A part of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct Portion {
    /// Where the next begins; `None` when there are no more learners.
    pub next: Option<Place>,
    /// How many of this portion's learners go which way.
    pub counts: Counts,
    /// The learners of this portion who would not stay where they are, by id.
    pub affected: Vec<Affected>,
    /// SHA-256 over what is compared with what, and, for each learner up to here in order of id, over the enrolment, both
    /// verdicts and where the completion goes. Equal worlds give equal digests, however they are portioned; moments of
    /// judging are not in it, so that time alone changes nothing unless it changes a verdict.
    pub digest: [u8; 32],
}

/// Judges up to `limit` learners of a run as they are and as the candidate would have them, going on from `from` (`None`: at
/// the beginning). What it takes in memory hangs on `limit`, not on the number of learners.
///
/// Both are judged at `now`, which is to be the same for all portions, from the same facts, by what judges when facts
/// arrive, so that what differs is the candidate's doing. Learners may move on between portions and even between the statements of one; whoever acts on a preview gives
/// its digest to [`crate::move_learners`].
///
/// # Errors
/// [`StoreError::UnknownRun`], [`StoreError::UnknownRevision`]; [`StoreError::WorldMoved`] when the run is not what it was at
/// the portion before; when the database refuses, or holds what we cannot read.
pub async fn preview(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    candidate: &Candidate,
    from: Option<Place>,
    limit: i64,
    now: Timestamp,
) -> Result<Portion, StoreError> {
    catalogue.refresh(conn).await?;
    let run = catalogue.run_by_key(run).ok_or_else(|| StoreError::UnknownRun(run.clone()))?;
    let worlds = candidate.worlds(run)?;
    let mut place = worlds.place(from)?;
    let whom = whom(conn, run.run_id, candidate.moves, place.after, limit).await?;
    let (judged, known) = read(conn, catalogue, &worlds, &whom, now).await?;
    let known = (&known, &journals(conn, catalogue, &worlds, &judged).await?);
    let (mut counts, mut affected) = (Counts::default(), Vec::new());
    for one in &judged {
        if let Some(seen) = look(&worlds, one, known, now, &mut place.digest) {
            counts.count(seen.effect);
            if seen.effect.is_worth_naming(&seen.before, &seen.after) {
                affected.push(seen.named(&worlds, one.learner));
            }
        }
    }
    let full = i64::try_from(whom.len()).is_ok_and(|many| many == limit);
    let next = whom.last().filter(|_| full).map(|last| Place { after: *last, ..place });
    Ok(Portion { next, counts, affected, digest: place.digest })
}

/// How many learners a preview looks at in all, of a candidate with these `moves`.
///
/// # Errors
/// When the database refuses.
pub async fn preview_total(
    conn: &mut PgConnection,
    run: &RunKey,
    moves: Option<Whom>,
) -> Result<i64, StoreError> {
    let total = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM enrolments JOIN runs USING (run_id)
         WHERE run_key = $1 AND ($2::integer IS NULL OR revision = $2)"#,
        run.as_str(),
        moves.and_then(Whom::revision).map(u32::cast_signed),
    );
    Ok(total.fetch_one(conn).await?)
}

/// The next learners, in order of id.
pub(crate) async fn whom(
    conn: &mut PgConnection,
    run_id: i64,
    moves: Option<Whom>,
    after: i64,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let whom = sqlx::query_scalar!(
        "SELECT learner_id FROM enrolments
         WHERE run_id = $1 AND learner_id > $2 AND ($3::integer IS NULL OR revision = $3)
         ORDER BY learner_id LIMIT $4",
        run_id,
        after,
        moves.and_then(Whom::revision).map(u32::cast_signed),
        limit,
    );
    Ok(whom.fetch_all(conn).await?)
}

/// The enrolments of these learners, in order, and what is known of the contexts that either judgement hangs on.
pub(crate) async fn read(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    worlds: &Worlds<'_>,
    whom: &[i64],
    now: Timestamp,
) -> Result<(Vec<Judged>, Known), StoreError> {
    let mut judged = enrolled::read(conn, whom, Some(worlds.before.run_id)).await?;
    judged.sort_unstable_by_key(|one| one.learner);
    if let Some(end) = worlds.before.facts_end(now) {
        return Ok((judged, facts::load_as_of(conn, catalogue, whom, end).await?));
    }
    let mut pairs = BTreeSet::new();
    for one in &judged {
        let moved = worlds.moved(one);
        let contexts = one.contexts(worlds.before).chain(moved.contexts(&worlds.after));
        pairs.extend(contexts.map(|context| (one.learner.get(), context)));
    }
    let mut known = facts::load(conn, &pairs).await?;
    known.extend(facts::load_united(conn, catalogue, whom.iter().copied()).await?);
    Ok((judged, known))
}

/// The facts, one by one, by which these learners' awards may be renewed.
pub(crate) async fn journals(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    worlds: &Worlds<'_>,
    judged: &[Judged],
) -> Result<Journals, StoreError> {
    let renews = |run: &Run| run.policy.validity.renews();
    let run = if renews(worlds.before) { worlds.before } else { &worlds.after };
    Journals::load(conn, catalogue, judged, |_| Some(run)).await
}

/// One learner, as they are and as they would be.
pub(crate) struct Seen {
    effect: Effect,
    before: Standing,
    after: Standing,
    verdicts: [Verdict; 2],
}

/// Judges one learner in both worlds, and folds what comes of it into `sum`; `None` when the run lacks their revision, so that
/// nothing judges them.
pub(crate) fn look(
    worlds: &Worlds<'_>,
    one: &Judged,
    (known, journals): (&Known, &Journals),
    now: Timestamp,
    sum: &mut [u8; 32],
) -> Option<Seen> {
    let nothing = LearnerFacts::default();
    let facts = known.get(&one.learner.get()).unwrap_or(&nothing);
    let moved = worlds.moved(one);
    let evidence = Evidence { facts, journal: journals.of(one), now };
    let (now_so, then_so) =
        (one.judgement(worlds.before, evidence)?, moved.judgement(&worlds.after, evidence)?);
    let (before, after) = (Standing::of(one, &now_so), Standing::of(&moved, &then_so));
    let digest = now_so.verdict.digest();
    let then = if now_so.verdict == then_so.verdict { digest } else { then_so.verdict.digest() };
    let completion = |standing: &Standing| match standing.completion {
        Some((state, revision)) => format!("{} {revision}", states::completion_words(state).0),
        None => "none".to_owned(),
    };
    let mut hash = Sha256::new();
    hash.update(*sum);
    hash.update(format!(
        "{}\n{} {} {}\n{} {}\n{} {}\n{:?}\n",
        one.learner,
        one.enrolment.state.word(),
        one.enrolment.attempt,
        one.enrolment.revision,
        before.revision,
        completion(&before),
        after.revision,
        completion(&after),
        one.told.as_ref().map_or((0, 0), |told| (told.completion.period, told.completion.sequence)),
    ));
    hash.update(digest);
    hash.update(then);
    *sum = hash.finalize().into();
    let effect = Effect::between(&before, &after);
    Some(Seen { effect, before, after, verdicts: [now_so.verdict, then_so.verdict] })
}

impl Seen {
    fn named(self, worlds: &Worlds<'_>, learner: LearnerId) -> Affected {
        let Self { effect, before, after, verdicts: [now_so, then_so] } = self;
        let why = Why::between(&now_so, &then_so, worlds.after.definition(after.revision).map(AsRef::as_ref));
        Affected { learner, effect, before, after, why }
    }
}
