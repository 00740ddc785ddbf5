//! One pass over the requirement tree, from the items' verdicts to the root's.

use std::collections::HashMap;

use crate::definition::{Definition, ItemId, Node};
use crate::evidence::mean;
use crate::ids::{Ratio, Timestamp};
use crate::verdict::{Achievement, ItemVerdict, NodeVerdict};

/// No rounding may turn what is not completed into the whole, not even to whole percents.
const BELOW_WHOLE: f64 = 0.99;

pub(crate) fn below_whole(part: f64) -> Ratio {
    Ratio::try_from(part.clamp(0.0, BELOW_WHOLE)).unwrap_or(Ratio::ZERO)
}

/// What a pass over the tree finds.
pub(crate) struct Walked {
    pub(crate) root: NodeVerdict,
    pub(crate) nodes: Vec<NodeVerdict>,
    pub(crate) grade: Option<Ratio>,
}

/// One pass over the tree, depth first.
pub(crate) struct Walk<'a> {
    definition: &'a Definition,
    index: &'a HashMap<&'a ItemId, usize>,
    items: &'a mut [ItemVerdict],
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

impl<'a> Walk<'a> {
    /// Judges every node, and locks the items whose turn has not come.
    pub(crate) fn over(
        definition: &'a Definition,
        index: &'a HashMap<&'a ItemId, usize>,
        items: &'a mut [ItemVerdict],
    ) -> Walked {
        let mut walk = Self { definition, index, items, nodes: Vec::new(), grades: (0.0, 0.0) };
        let root = walk.child(&definition.requirement, false).verdict;
        let (sum, weight) = walk.grades;
        let grade = if weight > 0.0 { Ratio::try_from((sum / weight).clamp(0.0, 1.0)).ok() } else { None };
        Walked { root, nodes: walk.nodes, grade }
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
            Node::InOrder(of) => all(&self.children(of, |done| locked || !done)),
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
            return Child { verdict: join(&[], None, 0.0), weight: 0.0, points: 0 };
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

/// The last date completes; an empty group never is.
fn all(children: &[Child]) -> Child {
    let completed_at = children
        .iter()
        .map(|child| child.verdict.completed_at)
        .try_fold(None, |latest: Option<Timestamp>, at| at.map(|at| latest.max(Some(at))))
        .flatten();
    let weight = weight(children);
    let part = if weight > 0.0 {
        children.iter().map(|child| child.weight * child.verdict.progress.get()).sum::<f64>() / weight
    } else {
        0.0
    };
    Child { verdict: join(children, completed_at, part), weight, points: points(children) }
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
    let weight = weight(children) * ratio(k, children.len());
    Child { verdict: join(children, completed_at, part), weight, points: points(children) }
}

/// The earliest date at which the points of completed children reach the sum.
fn at_least_points(children: &[Child], required: u32) -> Child {
    let mut earned: Vec<(Timestamp, u32)> =
        children.iter().filter_map(|child| Some((child.verdict.completed_at?, child.points))).collect();
    earned.sort_unstable();
    let mut sum = 0_u32;
    let completed_at = earned.iter().find_map(|(at, points)| {
        sum = sum.saturating_add(*points);
        (sum >= required).then_some(*at)
    });
    let have: f64 = children.iter().map(|child| f64::from(child.points) * child.verdict.progress.get()).sum();
    let part = if required > 0 { have / f64::from(required) } else { 0.0 };
    let points = points(children);
    let share = if points > 0 { (f64::from(required) / f64::from(points)).min(1.0) } else { 1.0 };
    Child { verdict: join(children, completed_at, part), weight: weight(children) * share, points }
}

fn weight(children: &[Child]) -> f64 {
    children.iter().map(|child| child.weight).sum()
}

fn points(children: &[Child]) -> u32 {
    children.iter().fold(0, |sum: u32, child| sum.saturating_add(child.points))
}

#[expect(clippy::cast_precision_loss, reason = "a group has thousands of children at most")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { (part as f64 / whole as f64).min(1.0) }
}
