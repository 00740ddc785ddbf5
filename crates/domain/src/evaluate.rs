//! From a definition and facts to a verdict.

use std::collections::HashMap;

use chrono::Months;

use crate::definition::{Criterion, Definition, Item, ItemId, Node};
use crate::enrolment::Enrolment;
use crate::facts::{ContextFacts, Flag, LearnerFacts, Measure};
use crate::ids::{ContextKey, Ratio, Timestamp};
use crate::policy::{PriorWork, Regression, RunPolicy};
use crate::verdict::{Achievement, ItemVerdict, NodeVerdict, Verdict};

/// No rounding may turn what is not completed into the whole.
const BELOW_WHOLE: f64 = 0.99;

/// Judges `definition` for one learner, as of an instant, from nothing but the arguments.
///
/// Call [`Definition::check`] before: an item that the tree names but the definition lacks is never completed.
#[must_use]
pub fn evaluate(
    definition: &Definition,
    policy: &RunPolicy,
    enrolment: &Enrolment,
    facts: &LearnerFacts,
    as_of: Timestamp,
) -> Verdict {
    let judge = Judge {
        ever: policy.regression == Regression::Sticky,
        not_before: not_before(policy.prior_work, enrolment),
        as_of,
    };
    let mut items: Vec<ItemVerdict> = definition.items.iter().map(|item| judge.item(item, facts)).collect();
    let index: HashMap<&ItemId, usize> =
        definition.items.iter().enumerate().map(|(at, item)| (&item.id, at)).collect();
    let mut walk = Walk { definition, index, items: &mut items, nodes: Vec::new(), grades: (0.0, 0.0) };
    let root = walk.node(&definition.requirement, false);
    let (sum, weight) = walk.grades;
    let nodes = walk.nodes;
    Verdict {
        achievement: root.achievement,
        progress: root.progress,
        grade: if weight > 0.0 { Ratio::try_from((sum / weight).clamp(0.0, 1.0)).ok() } else { None },
        completed_at: root.completed_at,
        withdrawn: definition
            .items
            .iter()
            .zip(&items)
            .any(|(item, verdict)| verdict.completed_at.is_none() && withdrawn(item, facts)),
        items,
        nodes,
    }
}

/// The date before which work does not count.
fn not_before(prior_work: PriorWork, enrolment: &Enrolment) -> Option<Timestamp> {
    let began = enrolment.attempt_started_at;
    let by_policy = match prior_work {
        PriorWork::AnyTime => None,
        PriorWork::Since(instant) => Timestamp::try_from(instant).ok(),
        PriorWork::WithinMonths(months) => began
            .get()
            .checked_sub_months(Months::new(months.into()))
            .and_then(|instant| Timestamp::try_from(instant).ok()),
        PriorWork::AfterEnrolment => Some(began),
    };
    // A fresh attempt starts from nothing.
    if enrolment.attempt > 1 { by_policy.max(Some(began)) } else { by_policy }
}

fn contexts(item: &Item) -> impl Iterator<Item = &ContextKey> {
    std::iter::once(&item.key).chain(&item.equivalents)
}

fn withdrawn(item: &Item, facts: &LearnerFacts) -> bool {
    contexts(item)
        .filter_map(|context| facts.get(context)?.granted.as_ref())
        .any(|grant| !grant.value.granted)
}

/// How evidence is judged: what ever was (`sticky`) or what is now.
struct Judge {
    ever: bool,
    not_before: Option<Timestamp>,
    as_of: Timestamp,
}

impl Judge {
    fn item(&self, item: &Item, facts: &LearnerFacts) -> ItemVerdict {
        let known = || contexts(item).filter_map(|context| Some((context, facts.get(context)?)));
        // The earliest evidence serves; among equal dates the first context named.
        let served = known()
            .filter_map(|(context, known)| Some((self.satisfied(item, known)?, context)))
            .min_by_key(|(at, _)| *at);
        let grade_in = |context| {
            facts.get(context).and_then(|known: &ContextFacts| Some(known.grade.as_ref()?.latest.value))
        };
        let grade =
            served.and_then(|(_, context)| grade_in(context)).or_else(|| contexts(item).find_map(grade_in));
        let (achievement, progress) = match served {
            Some(_) => (Achievement::Completed, Ratio::ONE),
            None if known().next().is_some() => {
                let part = known().map(|(_, known)| self.part(&item.criterion, known)).fold(0.0, f64::max);
                (Achievement::InProgress, below_whole(part))
            }
            None => (Achievement::NotStarted, Ratio::ZERO),
        };
        ItemVerdict {
            id: item.id.clone(),
            achievement,
            progress,
            grade,
            completed_at: served.map(|(at, _)| at),
            satisfied_by: served.map(|(_, context)| context.clone()),
            locked: false,
        }
    }

    /// When the item was satisfied in one context, if it is.
    fn satisfied(&self, item: &Item, known: &ContextFacts) -> Option<Timestamp> {
        let vouched = known.granted.as_ref().filter(|grant| {
            grant.value.granted && grant.value.expires_at.is_none_or(|expires| expires > self.as_of)
        });
        let earned = || {
            let met = self.met(&item.criterion, known)?;
            let in_mode = match &item.mode {
                None => met,
                Some(mode) => self.in_mode(mode, known)?,
            };
            Some(met.max(in_mode))
        };
        earned().into_iter().chain(vouched.map(|grant| grant.at)).min()
    }

    fn in_mode(&self, mode: &str, known: &ContextFacts) -> Option<Timestamp> {
        let now = known.mode.as_ref().is_some_and(|latest| latest.value == mode);
        known.modes.get(mode).copied().filter(|_| self.ever || now)
    }

    fn met(&self, criterion: &Criterion, known: &ContextFacts) -> Option<Timestamp> {
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

    fn yes(&self, flag: &Flag) -> Option<Timestamp> {
        let since = if self.ever { flag.first_yes } else { flag.yes_since() };
        // Passed before it counted, failed, and passed again since: that counts.
        let again = flag.yes_since().filter(|again| Some(*again) > flag.first_yes);
        self.counts(since).or_else(|| self.counts(again))
    }

    fn reached(&self, measure: &Measure, threshold: Ratio) -> Option<Timestamp> {
        self.counts(measure.reached(threshold).filter(|_| self.ever || measure.latest.value >= threshold))
    }

    fn counts(&self, at: Option<Timestamp>) -> Option<Timestamp> {
        at.filter(|at| self.not_before.is_none_or(|bound| *at >= bound))
    }

    /// How far towards the criterion, 0 to 1, while it is not met.
    fn part(&self, criterion: &Criterion, known: &ContextFacts) -> f64 {
        let value = |measure: &Option<Measure>| {
            measure.as_ref().map_or(0.0, |measure| {
                if self.ever { measure.highest().get() } else { measure.latest.value.get() }
            })
        };
        let towards = |have: f64, threshold: Ratio| {
            if threshold.get() > 0.0 { (have / threshold.get()).min(1.0) } else { 0.0 }
        };
        match criterion {
            Criterion::Passed | Criterion::Certificate => value(&known.completion),
            Criterion::Grade(threshold) => towards(value(&known.grade), *threshold),
            Criterion::Completion(threshold) => towards(value(&known.completion), *threshold),
            Criterion::AnyOf(any) => {
                any.iter().map(|criterion| self.part(criterion, known)).fold(0.0, f64::max)
            }
            Criterion::AllOf(all) => mean(all.iter().map(|criterion| {
                if self.met(criterion, known).is_some() { 1.0 } else { self.part(criterion, known) }
            })),
        }
    }
}

fn below_whole(part: f64) -> Ratio {
    Ratio::try_from(part.clamp(0.0, BELOW_WHOLE)).unwrap_or(Ratio::ZERO)
}

fn mean(parts: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = parts.fold((0.0, 0.0), |(sum, count), part| (sum + part, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// One pass over the tree, depth first.
struct Walk<'a> {
    definition: &'a Definition,
    index: HashMap<&'a ItemId, usize>,
    items: &'a mut Vec<ItemVerdict>,
    nodes: Vec<NodeVerdict>,
    /// Weighted sum of known grades, and the weights.
    grades: (f64, f64),
}

/// What a parent needs of a child.
struct Child {
    verdict: NodeVerdict,
    weight: f64,
    points: u32,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, locked: bool) -> NodeVerdict {
        self.child(node, locked).verdict
    }

    fn child(&mut self, node: &Node, locked: bool) -> Child {
        let at = self.nodes.len();
        self.nodes.push(NodeVerdict {
            achievement: Achievement::NotStarted,
            progress: Ratio::ZERO,
            completed_at: None,
        });
        let child = match node {
            Node::Item(id) => self.leaf(id, locked),
            Node::AllOf(of) => all(&self.children(of, |_| locked)),
            Node::InOrder(of) => {
                let children = self.children(of, |done| locked || !done);
                all(&children)
            }
            Node::AtLeast { k, of } => at_least(&self.children(of, |_| locked), *k),
            Node::AtLeastPoints { points, of } => at_least_points(&self.children(of, |_| locked), *points),
        };
        self.nodes[at] = child.verdict.clone();
        child
    }

    /// The children in order; `locked` is asked with whether all before are completed.
    fn children(&mut self, of: &[Node], locked: impl Fn(bool) -> bool) -> Vec<Child> {
        let mut done = true;
        of.iter()
            .map(|node| {
                let child = self.child(node, locked(done));
                done &= child.verdict.completed_at.is_some();
                child
            })
            .collect()
    }

    fn leaf(&mut self, id: &ItemId, locked: bool) -> Child {
        let Some(at) = self.index.get(id).copied() else {
            let verdict = NodeVerdict {
                achievement: Achievement::NotStarted,
                progress: Ratio::ZERO,
                completed_at: None,
            };
            return Child { verdict, weight: 0.0, points: 0 };
        };
        let (item, verdict) = (&self.definition.items[at], &mut self.items[at]);
        verdict.locked = locked && verdict.completed_at.is_none();
        if let Some(grade) = verdict.grade {
            self.grades.0 += grade.get() * item.weight;
            self.grades.1 += item.weight;
        }
        Child {
            verdict: NodeVerdict {
                achievement: verdict.achievement,
                progress: verdict.progress,
                completed_at: verdict.completed_at,
            },
            weight: item.weight,
            points: item.points,
        }
    }
}

/// Joins children: completed when `completed_at` says so, else in progress when one is, `part` below the whole.
fn join(children: &[Child], completed_at: Option<Timestamp>, part: f64) -> NodeVerdict {
    let (achievement, progress) = match completed_at {
        Some(_) => (Achievement::Completed, Ratio::ONE),
        None if children.iter().any(|child| child.verdict.achievement > Achievement::NotStarted) => {
            (Achievement::InProgress, below_whole(part))
        }
        None => (Achievement::NotStarted, Ratio::ZERO),
    };
    NodeVerdict { achievement, progress, completed_at }
}

fn all(children: &[Child]) -> Child {
    let completed_at = children
        .iter()
        .map(|child| child.verdict.completed_at)
        .try_fold(None, |latest: Option<Timestamp>, at| at.map(|at| latest.max(Some(at))))
        .flatten();
    let weight: f64 = children.iter().map(|child| child.weight).sum();
    let part = if weight > 0.0 {
        children.iter().map(|child| child.weight * child.verdict.progress.get()).sum::<f64>() / weight
    } else {
        0.0
    };
    let points = children.iter().fold(0, |sum: u32, child| sum.saturating_add(child.points));
    Child { verdict: join(children, completed_at, part), weight, points }
}

/// The `k`-th earliest date completes; the best `k` children make the progress.
fn at_least(children: &[Child], k: u32) -> Child {
    let k = k as usize;
    let mut dates: Vec<Timestamp> = children.iter().filter_map(|child| child.verdict.completed_at).collect();
    dates.sort_unstable();
    let completed_at = k.checked_sub(1).and_then(|last| dates.get(last).copied());
    let mut parts: Vec<Ratio> = children.iter().map(|child| child.verdict.progress).collect();
    parts.sort_unstable_by(|a, b| b.cmp(a));
    let part = mean(parts.iter().take(k).map(|part| part.get()));
    let everything = all(children);
    let share = ratio(k, children.len());
    Child {
        verdict: join(children, completed_at, part),
        weight: everything.weight * share,
        points: everything.points,
    }
}

/// The earliest date at which the points of completed children reach the sum.
fn at_least_points(children: &[Child], points: u32) -> Child {
    let mut earned: Vec<(Timestamp, u32)> =
        children.iter().filter_map(|child| Some((child.verdict.completed_at?, child.points))).collect();
    earned.sort_unstable();
    let mut sum = 0_u32;
    let completed_at = earned.iter().find_map(|(at, points_of)| {
        sum = sum.saturating_add(*points_of);
        (sum >= points).then_some(*at)
    });
    let have: f64 = children.iter().map(|child| f64::from(child.points) * child.verdict.progress.get()).sum();
    let part = if points > 0 { have / f64::from(points) } else { 0.0 };
    let everything = all(children);
    let share = if everything.points > 0 { f64::from(points) / f64::from(everything.points) } else { 1.0 };
    Child {
        verdict: join(children, completed_at, part),
        weight: everything.weight * share.min(1.0),
        points: everything.points,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a group has thousands of children at most")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { (part as f64 / whole as f64).min(1.0) }
}
