//! When the evidence in one context meets a criterion.

use crate::definition::{Criterion, Item};
use crate::facts::ContextFacts;
use crate::ids::{Ratio, Timestamp};
use crate::marks::{Flag, Measure};

/// How evidence is judged.
#[derive(Clone, Copy)]
pub(crate) struct Judge {
    /// What ever was (`sticky`), not what is now.
    pub(crate) ever: bool,
    /// Statements dated before this are no evidence.
    pub(crate) not_before: Option<Timestamp>,
    /// Overrides that end by then have ended.
    pub(crate) as_of: Timestamp,
    /// As if staff had taken nothing back.
    pub(crate) as_granted: bool,
}

impl Judge {
    /// When the item was satisfied in this context, if it is.
    pub(crate) fn satisfied(&self, item: &Item, known: &ContextFacts) -> Option<Timestamp> {
        self.earned(item, known).into_iter().chain(self.vouched(known)).min()
    }

    pub(crate) fn earned(&self, item: &Item, known: &ContextFacts) -> Option<Timestamp> {
        let met = self.met(&item.criterion, known)?;
        match &item.mode {
            None => Some(met),
            Some(mode) => Some(met.max(self.in_mode(mode, known)?)),
        }
    }

    /// Staff's word is no work: no prior-work policy touches it, and only its latest state counts.
    pub(crate) fn vouched(&self, known: &ContextFacts) -> Option<Timestamp> {
        let grant = known.granted.as_ref()?;
        let stands = (grant.value.granted || self.as_granted)
            && grant.value.expires_at.is_none_or(|expires| expires > self.as_of);
        stands.then_some(grant.at)
    }

    pub(crate) fn in_mode(&self, mode: &str, known: &ContextFacts) -> Option<Timestamp> {
        let now = [&known.certificate_mode, &known.enrolment_mode]
            .into_iter()
            .flatten()
            .any(|latest| latest.value == mode);
        known.modes.get(mode).copied().filter(|_| self.ever || now)
    }

    pub(crate) fn met(&self, criterion: &Criterion, known: &ContextFacts) -> Option<Timestamp> {
        match criterion {
            Criterion::Passed => [&known.passing, &known.verified]
                .into_iter()
                .filter_map(|flag| self.yes(flag.as_ref()?))
                .min(),
            Criterion::Certificate => self.yes(known.certified.as_ref()?),
            Criterion::Grade(threshold) => self.reached(known.grade.as_ref()?, *threshold),
            Criterion::Completion(threshold) => self.reached(known.completion.as_ref()?, *threshold),
            Criterion::AnyOf(any) => any.iter().filter_map(|criterion| self.met(criterion, known)).min(),
            Criterion::AllOf(all) => all.iter().try_fold(None, |latest: Option<Timestamp>, criterion| {
                self.met(criterion, known).map(|at| latest.max(Some(at)))
            })?,
        }
    }

    pub(crate) fn yes(&self, flag: &Flag) -> Option<Timestamp> {
        if !self.ever && !flag.latest.value {
            return None;
        }
        self.since(flag.first_yes, flag.last_yes, flag.last_no, flag.latest.at)
    }

    fn reached(&self, measure: &Measure, threshold: Ratio) -> Option<Timestamp> {
        if !self.ever && measure.latest.value < threshold {
            return None;
        }
        self.since(
            measure.first_reached(threshold),
            measure.last_reached(threshold),
            measure.last_missed(threshold),
            measure.latest.at,
        )
    }

    /// The date of what was first and last so, last not so, and last stated at all.
    fn since(
        &self,
        first: Option<Timestamp>,
        last: Option<Timestamp>,
        last_not: Option<Timestamp>,
        latest: Timestamp,
    ) -> Option<Timestamp> {
        let unbroken = self.ever || last_not < first;
        first
            .filter(|first| unbroken && self.counts(*first))
            .or(if self.ever { last } else { Some(latest) })
            .filter(|at| self.counts(*at))
    }

    fn counts(&self, at: Timestamp) -> bool {
        self.not_before.is_none_or(|bound| at >= bound)
    }

    /// Something was begun here: an enrolment that stands, or work that counts.
    pub(crate) fn begun(&self, known: &ContextFacts) -> bool {
        let flags = [&known.passing, &known.certified, &known.verified];
        known.enrolled.as_ref().is_some_and(|enrolled| enrolled.value)
            || flags.into_iter().flatten().any(|flag| self.counts(flag.latest.at))
            || self.value(known.grade.as_ref()) > 0.0
            || self.value(known.completion.as_ref()) > 0.0
    }

    /// The latest grade, if it is evidence.
    pub(crate) fn grade(&self, known: &ContextFacts) -> Option<Ratio> {
        let latest = &known.grade.as_ref()?.latest;
        self.counts(latest.at).then_some(latest.value)
    }

    /// How far towards the criterion, 0 to 1.
    pub(crate) fn part(&self, criterion: &Criterion, known: &ContextFacts) -> f64 {
        if self.met(criterion, known).is_some() {
            return 1.0;
        }
        match criterion {
            Criterion::Passed | Criterion::Certificate => self.value(known.completion.as_ref()),
            Criterion::Grade(threshold) => towards(self.value(known.grade.as_ref()), *threshold),
            Criterion::Completion(threshold) => towards(self.value(known.completion.as_ref()), *threshold),
            Criterion::AnyOf(any) => {
                any.iter().map(|criterion| self.part(criterion, known)).fold(0.0, f64::max)
            }
            Criterion::AllOf(all) => mean(all.iter().map(|criterion| self.part(criterion, known))),
        }
    }

    fn value(&self, measure: Option<&Measure>) -> f64 {
        let Some(measure) = measure else { return 0.0 };
        let latest = || Some(measure.latest.value).filter(|_| self.counts(measure.latest.at));
        let value = if self.ever { measure.highest(self.not_before) } else { latest() };
        value.map_or(0.0, Ratio::get)
    }
}

fn towards(have: f64, threshold: Ratio) -> f64 {
    if threshold.get() > 0.0 { (have / threshold.get()).min(1.0) } else { 0.0 }
}

/// The mean, 0 of none.
pub(crate) fn mean(parts: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = parts.fold((0.0, 0.0), |(sum, count), part| (sum + part, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}
