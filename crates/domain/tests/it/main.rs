//! The rules, by example and by property.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy sees only the tests themselves")]
#![expect(clippy::needless_pass_by_value, reason = "`json!` at the call reads better without `&`")]

mod authoring;
mod bounds;
mod checks;
mod completions;
mod counted_once;
mod dates;
mod edge_cases;
mod enrolments;
mod exclusive_runs;
mod missing_sets;
mod nexts;
mod order;
mod properties;
mod renewals;
mod schedules;
mod stored;
mod support;
mod timings;
mod traps;
mod validities;
mod zones;
