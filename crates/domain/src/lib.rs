#![doc = include_str!("../README.md")]

mod assign;
pub mod check;
mod combine;
pub mod completion;
pub mod definition;
pub mod difference;
mod digest;
pub mod enrolment;
pub mod evaluate;
mod evidence;
pub mod fact;
pub mod facts;
pub mod ids;
pub mod marks;
mod micros;
pub mod missing;
pub mod path;
pub mod policy;
mod read;
mod tree;
pub mod verdict;

pub use check::{Problem, ProblemKind};
pub use completion::{Completion, CompletionState, Emission};
pub use definition::{Criterion, Definition, Item, ItemId, Node};
pub use enrolment::{Again, Change, Enrolment, EnrolmentState, IllegalChange, Interval};
pub use evaluate::evaluate;
pub use fact::{ExamOutcome, Fact, FactKind, FactValue};
pub use facts::{ContextFacts, LearnerFacts};
pub use ids::{ContextKey, LearnerId, Ratio, RunKey, Timestamp};
pub use missing::missing;
pub use path::{Label, PathDetails, PathId, Visibility};
pub use policy::{PriorWork, Regression, RevisionPolicy, RunPolicy};
pub use verdict::{Achievement, ItemVerdict, NodeVerdict, Verdict};
