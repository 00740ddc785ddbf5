//! By which facts an item counts.

use serde::Serialize;

use crate::definition::{Criterion, Item};
use crate::enrolment::Enrolment;
use crate::evaluate::judge;
use crate::evidence::Judge;
use crate::facts::ContextFacts;
use crate::ids::{Ratio, Timestamp};
use crate::policy::RunPolicy;

/// A fact by which an item counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CountedFact))]
pub struct Counted {
    /// What it states.
    #[serde(flatten)]
    pub statement: Statement,
    /// Its date.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// What a fact states by which an item counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CountedStatement))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statement {
    /// The learner passes.
    Passing,
    /// The exam attempt is verified.
    Exam,
    /// The certificate is earned.
    Certificate,
    /// The grade is this.
    Grade {
        /// 0 to 1.
        grade: Ratio,
    },
    /// This part is completed.
    Completion {
        /// 0 to 1.
        completion: Ratio,
    },
    /// The learner is enrolled, or has a certificate, in the mode that the item asks for.
    Mode {
        /// Which.
        mode: String,
    },
    /// Staff vouch for the item: no work of the learner's.
    Override {
        /// Until when, if that ends.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
        expires_at: Option<Timestamp>,
    },
}

/// The facts by which an item is satisfied in a context of which `known` is known, judged as [`evaluate`](crate::evaluate()) does.
/// The latest of their dates is the item's. None when it is not satisfied there.
#[must_use]
pub fn counted(
    item: &Item,
    known: &ContextFacts,
    policy: &RunPolicy,
    enrolment: &Enrolment,
    as_of: Timestamp,
) -> Vec<Counted> {
    let judge = judge(policy, enrolment, as_of);
    let (earned, vouched) = (judge.earned(item, known), judge.vouched(known));
    match (earned, vouched) {
        // By the earlier of the two, as the item's date is.
        (earned, Some(at)) if earned.is_none_or(|earned| at < earned) => {
            let expires_at = known.granted.as_ref().and_then(|grant| grant.value.expires_at);
            vec![Counted { statement: Statement::Override { expires_at }, at }]
        }
        (Some(_), _) => {
            let mut facts = met_by(judge, &item.criterion, known);
            let mode = item.mode.as_ref().and_then(|mode| Some((mode, judge.in_mode(mode, known)?)));
            facts.extend(
                mode.map(|(mode, at)| Counted { statement: Statement::Mode { mode: mode.clone() }, at }),
            );
            facts.sort_by(|a, b| (a.at, &a.statement).cmp(&(b.at, &b.statement)));
            facts.dedup();
            facts
        }
        _ => Vec::new(),
    }
}

/// The facts that meet the criterion: of several that would, the earliest.
fn met_by(judge: Judge, criterion: &Criterion, known: &ContextFacts) -> Vec<Counted> {
    let Some(at) = judge.met(criterion, known) else { return Vec::new() };
    let statement = match criterion {
        Criterion::Passed => {
            let passing = known.passing.as_ref().and_then(|flag| judge.yes(flag));
            if passing == Some(at) { Statement::Passing } else { Statement::Exam }
        }
        Criterion::Certificate => Statement::Certificate,
        Criterion::Grade(least) => {
            let stated = known.grade.as_ref().and_then(|grade| grade.stated(at, *least));
            Statement::Grade { grade: stated.unwrap_or(*least) }
        }
        Criterion::Completion(least) => {
            let stated = known.completion.as_ref().and_then(|completion| completion.stated(at, *least));
            Statement::Completion { completion: stated.unwrap_or(*least) }
        }
        Criterion::AnyOf(any) => {
            let earliest = any.iter().filter_map(|one| Some((judge.met(one, known)?, one)));
            return earliest
                .min_by_key(|(at, _)| *at)
                .map_or_else(Vec::new, |(_, one)| met_by(judge, one, known));
        }
        Criterion::AllOf(all) => return all.iter().flat_map(|one| met_by(judge, one, known)).collect(),
    };
    vec![Counted { statement, at }]
}
