//! Gaps: where another record of a learner in a context says what the facts here do not.

use crate::fact::{FactValue, is_earned};

/// The LMS rounds grades to whole percents: what differs by less than half of one is the same.
const SAME_GRADE: f64 = 0.005;

/// Whether the latest fact of a kind, if there is one, says something else than what another record has of the same kind.
/// Who is not known to pass, to be enrolled or to have a certificate does not; a grade that is not known is none above 0.
#[must_use]
pub fn is_gap(held: Option<&FactValue>, told: &FactValue) -> bool {
    use FactValue::{Certificate, Enrolment, Grade, Passing};
    match (held, told) {
        (None, Passing { passing: yes } | Enrolment { active: yes, .. }) => *yes,
        (None, Grade { grade }) => grade.get() >= SAME_GRADE,
        (None, Certificate { status, .. }) => is_earned(status),
        (Some(Passing { passing: held }), Passing { passing: told }) => held != told,
        (Some(Grade { grade: held }), Grade { grade: told }) => (held.get() - told.get()).abs() >= SAME_GRADE,
        (Some(Certificate { status: held, mode: ours }), Certificate { status: told, mode: theirs }) => {
            is_earned(held) != is_earned(told) || (is_earned(told) && differ(ours, theirs))
        }
        (Some(Enrolment { active: held, mode: ours }), Enrolment { active: told, mode: theirs }) => {
            held != told || (*told && differ(ours, theirs))
        }
        (None, _) => true,
        (Some(held), told) => held != told,
    }
}

/// Modes; an empty one says nothing.
fn differ(ours: &str, theirs: &str) -> bool {
    !ours.is_empty() && !theirs.is_empty() && ours != theirs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(grade: f64) -> FactValue {
        FactValue::Grade { grade: grade.try_into().unwrap() }
    }

    fn passing(passing: bool) -> FactValue {
        FactValue::Passing { passing }
    }

    fn enrolment(active: bool, mode: &str) -> FactValue {
        FactValue::Enrolment { active, mode: mode.into() }
    }

    fn certificate(status: &str, mode: &str) -> FactValue {
        FactValue::Certificate { status: status.into(), mode: mode.into() }
    }

    #[test]
    fn what_was_never_heard_of_is_a_gap_only_where_there_is_something_to_hear() {
        for told in [passing(true), grade(0.01), enrolment(true, "audit"), certificate("generating", "")] {
            assert!(is_gap(None, &told), "{told:?}");
        }
        for told in
            [passing(false), grade(0.0), enrolment(false, "audit"), certificate("notpassing", "honor")]
        {
            assert!(!is_gap(None, &told), "{told:?}");
        }
    }

    #[test]
    fn another_word_is_a_gap_and_another_way_of_saying_the_same_is_none() {
        for (held, told) in [
            (passing(true), passing(false)),
            (grade(0.87), grade(0.86)),
            (enrolment(true, "audit"), enrolment(false, "audit")),
            (enrolment(true, "audit"), enrolment(true, "verified")),
            (certificate("downloadable", "audit"), certificate("downloadable", "verified")),
            (certificate("downloadable", "audit"), certificate("unavailable", "audit")),
        ] {
            assert!(is_gap(Some(&held), &told) && is_gap(Some(&told), &held), "{held:?} {told:?}");
        }
        for (held, told) in [
            (grade(0.871), grade(0.87)),
            (enrolment(false, "audit"), enrolment(false, "verified")),
            (enrolment(true, ""), enrolment(true, "verified")),
            (certificate("generating", "honor"), certificate("downloadable", "honor")),
            (certificate("notpassing", "honor"), certificate("unavailable", "verified")),
        ] {
            assert!(!is_gap(Some(&held), &told) && !is_gap(Some(&told), &held), "{held:?} {told:?}");
        }
    }
}
