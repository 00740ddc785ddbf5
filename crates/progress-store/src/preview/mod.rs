//! What if: what a candidate would do to the learners of a run, from what is really known of them. Nothing is written, and no
//! lock is taken.

mod candidate;
mod effect;

use std::collections::BTreeSet;

use lp_domain::{LearnerId, RunKey, Timestamp, Verdict};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

pub(crate) use candidate::Worlds;
pub use candidate::{Candidate, Content, Whom};
pub use effect::{Affected, Counts, Effect, ItemChange, Loss, Standing, Why};

use crate::catalogue::Catalogue;
use crate::counting::{Counting, Journals, Reduced, companions, pairs};
use crate::facts::{self, Known};
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
    let (judged, basis) = read(conn, catalogue, &worlds, &whom, now).await?;
    let (mut counts, mut affected) = (Counts::default(), Vec::new());
    for one in &judged {
        if let Some(seen) = look(&worlds, one, &basis, now, &mut place.digest) {
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

/// What both judgements are made from.
pub(crate) struct Basis {
    /// What is known of the contexts that either hangs on.
    pub(crate) known: Known,
    counting: Counting,
    journals: Journals,
    /// What counts, as it is and as it would be, where runs share no work.
    reduced: [Reduced; 2],
}

/// The enrolments of these learners, in order, and what they are judged from.
pub(crate) async fn read(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    worlds: &Worlds<'_>,
    whom: &[i64],
    now: Timestamp,
) -> Result<(Vec<Judged>, Basis), StoreError> {
    let own = worlds.before.run_id;
    let mut judged = enrolled::read(conn, whom, Some(own)).await?;
    judged.sort_unstable_by_key(|one| one.learner);
    let mut needed = BTreeSet::new();
    for one in &judged {
        let moved = worlds.moved(one);
        let contexts = one.contexts(worlds.before).chain(moved.contexts(&worlds.after));
        needed.extend(contexts.map(|context| (one.learner.get(), context)));
    }
    let now_so = |run_id| if run_id == own { Some(worlds.before) } else { catalogue.run(run_id) };
    let then_so = |run_id| if run_id == own { Some(&worlds.after) } else { catalogue.run(run_id) };
    // By the group that it is in, and by the one that it would be in.
    let mut others = companions(conn, &judged, now_so).await?;
    if worlds.before.group() != worlds.after.group() {
        others.extend(companions(conn, &judged, then_so).await?);
    }
    needed.extend(pairs(&others, catalogue));
    let known = facts::load(conn, &needed).await?;
    let renews = worlds.before.policy.validity.renews();
    let renewing = if renews { worlds.before } else { &worlds.after };
    let journals = Journals::load(conn, catalogue, &judged, |_| Some(renewing)).await?;
    let together: Vec<Judged> = judged.iter().chain(&others).cloned().collect();
    let counting = Counting::load(conn, catalogue, &together, now).await?;
    let moved: Vec<Judged> =
        judged.iter().map(|one| worlds.moved(one)).chain(others.iter().cloned()).collect();
    let reduced =
        [counting.reduce(&together, &known, now_so, now), counting.reduce(&moved, &known, then_so, now)];
    Ok((judged, Basis { known, counting, journals, reduced }))
}

impl Basis {
    /// What an enrolment is judged from in the one world and in the other.
    fn evidence(&self, one: &Judged, now: Timestamp) -> [Evidence<'_>; 2] {
        let journal = self.journals.of(one);
        self.reduced.each_ref().map(|reduced| {
            let facts = reduced.get(&one.place()).unwrap_or_else(|| self.counting.of(one, &self.known));
            Evidence { facts, journal, now }
        })
    }
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
    basis: &Basis,
    now: Timestamp,
    sum: &mut [u8; 32],
) -> Option<Seen> {
    let moved = worlds.moved(one);
    let [as_is, then] = basis.evidence(one, now);
    let (now_so, then_so) = (one.judgement(worlds.before, as_is)?, moved.judgement(&worlds.after, then)?);
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
