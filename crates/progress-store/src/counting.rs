//! What counts for each enrolment, of all that is known of its learner.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use lp_domain::exclusive::{Contender, taken, without};
use lp_domain::{ContextKey, Fact, LearnerFacts, Timestamp};
use sqlx::PgConnection;

use crate::catalogue::{Catalogue, Run};
use crate::facts::{self, Known};
use crate::judgement::Judged;
use crate::{StoreError, enrolled, journal};

/// What counts in place of what is known of a learner: in runs that have closed, of people with several accounts, and of those
/// in runs that share no work, of whom more is needed than what a batch touches.
#[derive(Default)]
pub(crate) struct Counting {
    bounded: HashMap<i64, Known>,
    united: Known,
    grouped: Known,
    nothing: LearnerFacts,
}

/// What counts for those enrolments from which a run of the same group takes something, by learner and run.
pub(crate) type Reduced = HashMap<(i64, i64), LearnerFacts>;

/// The pairs of learner and context that these verdicts hang on.
pub(crate) fn pairs<'a>(judged: &[Judged], catalogue: &'a Catalogue) -> BTreeSet<(i64, &'a ContextKey)> {
    judged
        .iter()
        .filter_map(|one| Some((one, catalogue.run(one.run_id)?)))
        .flat_map(|(one, run)| one.contexts(run).map(|context| (one.learner.get(), context)))
        .collect()
}

/// The same learners' enrolments in other runs of the same groups: they are judged together, or not at all.
pub(crate) async fn companions<'a>(
    conn: &mut PgConnection,
    judged: &[Judged],
    run: impl Fn(i64) -> Option<&'a Run>,
) -> Result<Vec<Judged>, StoreError> {
    let group = |one: &Judged| Some((one.learner.get(), run(one.run_id)?.group()?));
    let groups: HashSet<_> = judged.iter().filter_map(group).collect();
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let learners: Vec<i64> = groups.iter().map(|(learner, _)| *learner).collect();
    let there: HashSet<_> = judged.iter().map(Judged::place).collect();
    let mut companions = enrolled::read(conn, &learners, None).await?;
    companions.retain(|one| {
        !there.contains(&one.place()) && group(one).is_some_and(|group| groups.contains(&group))
    });
    Ok(companions)
}

impl Counting {
    pub(crate) async fn load(
        conn: &mut PgConnection,
        catalogue: &Catalogue,
        judged: &[Judged],
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let is_grouped = |one: &&Judged| catalogue.run(one.run_id).is_some_and(|run| run.group().is_some());
        let grouped: Vec<Judged> = judged.iter().filter(is_grouped).cloned().collect();
        Ok(Self {
            bounded: bounded(conn, catalogue, judged, now).await?,
            united: facts::load_united(conn, catalogue, judged.iter().map(|one| one.learner.get())).await?,
            grouped: if grouped.is_empty() {
                Known::new()
            } else {
                let whole: HashSet<i64> = grouped.iter().map(|one| one.learner.get()).collect();
                let theirs: Vec<Judged> =
                    judged.iter().filter(|one| whole.contains(&one.learner.get())).cloned().collect();
                facts::load(conn, &pairs(&theirs, catalogue)).await?
            },
            nothing: LearnerFacts::default(),
        })
    }

    /// Of what is given for each run.
    pub(crate) fn given(bounded: HashMap<i64, Known>) -> Self {
        Self { bounded, ..Self::default() }
    }

    /// What counts for an enrolment, but for its group.
    pub(crate) fn of<'a>(&'a self, one: &Judged, known: &'a Known) -> &'a LearnerFacts {
        let learner = one.learner.get();
        let counts = match self.bounded.get(&one.run_id) {
            Some(known) => known.get(&learner),
            None => self.united.get(&learner).or(self.grouped.get(&learner)).or(known.get(&learner)),
        };
        counts.unwrap_or(&self.nothing)
    }

    /// What counts where a run of the same group takes something. Whoever has left a run takes nothing there.
    pub(crate) fn reduce<'a>(
        &self,
        judged: &[Judged],
        known: &Known,
        run: impl Fn(i64) -> Option<&'a Run>,
        now: Timestamp,
    ) -> Reduced {
        let mut groups: BTreeMap<_, Vec<(&Judged, Contender<'_>)>> = BTreeMap::new();
        for one in judged.iter().filter(|one| one.enrolment.is_told()) {
            let Some(run) = run(one.run_id) else { continue };
            let definition = run.definition(run.revision_for(one.enrolment.revision));
            let (Some(group), Some(definition)) = (run.group(), definition) else { continue };
            let contender = Contender {
                run: &run.key,
                definition,
                policy: &run.policy,
                enrolment: &one.enrolment,
                facts: self.of(one, known),
                as_of: run.as_of(now),
            };
            groups.entry((one.learner, group)).or_default().push((one, contender));
        }
        let mut reduced = Reduced::new();
        for group in groups.into_values().filter(|group| group.len() > 1) {
            let (enrolments, contenders): (Vec<&Judged>, Vec<Contender<'_>>) = group.into_iter().unzip();
            let of_others = taken(&contenders).into_iter().zip(&contenders);
            for (one, (taken, contender)) in
                enrolments.into_iter().zip(of_others).filter(|(_, (taken, _))| !taken.is_empty())
            {
                reduced.insert(one.place(), without(contender.facts, &taken));
            }
        }
        reduced
    }
}

/// What counts in runs that have closed, or soon will: what happened before.
async fn bounded(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    judged: &[Judged],
    now: Timestamp,
) -> Result<HashMap<i64, Known>, StoreError> {
    let mut learners: BTreeMap<(i64, Timestamp), Vec<i64>> = BTreeMap::new();
    for one in judged {
        if let Some(end) = catalogue.run(one.run_id).and_then(|run| run.facts_end(now)) {
            learners.entry((one.run_id, end)).or_default().push(one.learner.get());
        }
    }
    let mut bounded = HashMap::new();
    for ((run_id, end), learners) in learners {
        bounded.insert(run_id, facts::load_as_of(conn, catalogue, &learners, end).await?);
    }
    Ok(bounded)
}

/// The facts, one by one, of those whose awards may be renewed by them, or were.
#[derive(Default)]
pub(crate) struct Journals(HashMap<(i64, i64), Vec<Fact>>);

impl Journals {
    /// Reads them, as far as they count in the run; most runs' awards do not expire, and nothing is read.
    pub(crate) async fn load<'a>(
        conn: &mut PgConnection,
        catalogue: &Catalogue,
        judged: &[Judged],
        run: impl Fn(i64) -> Option<&'a Run>,
    ) -> Result<Self, StoreError> {
        let renewable: Vec<(&Judged, &Run)> = judged
            .iter()
            .filter_map(|one| Some((one, &one.told.as_ref()?.completion, run(one.run_id)?)))
            .filter(|(_, told, run)| run.policy.validity.renews() || told.term.renewal.is_some())
            .map(|(one, _, run)| (one, run))
            .collect();
        if renewable.is_empty() {
            return Ok(Self::default());
        }
        let learners: Vec<i64> = renewable.iter().map(|(one, _)| one.learner.get()).collect();
        let facts = journal::of_people(conn, catalogue, &learners, None).await?;
        let theirs = |one: &Judged, run: &Run| {
            let counts = |fact: &&Fact| {
                fact.learner == one.learner && run.closes_at.is_none_or(|closes| fact.at < closes)
            };
            facts.iter().filter(counts).cloned().collect()
        };
        Ok(Self(renewable.iter().map(|(one, run)| (one.place(), theirs(one, run))).collect()))
    }

    /// Those of an enrolment.
    pub(crate) fn of(&self, one: &Judged) -> &[Fact] {
        self.0.get(&one.place()).map_or(&[], Vec::as_slice)
    }
}
