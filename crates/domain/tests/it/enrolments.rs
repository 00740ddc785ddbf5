//! The state machine of enrolments.

use lp_domain::{Change, Enrolment, EnrolmentState, IllegalChange, Interval};
use proptest::prelude::*;

use crate::support::*;

const CHANGES: [Change; 8] = [
    Change::Invite,
    Change::Enrol,
    Change::Suspend,
    Change::Resume,
    Change::Withdraw,
    Change::ReEnrol,
    Change::ReEnrolAfresh,
    Change::End,
];

fn after(changes: &[Change]) -> Enrolment {
    let (mut current, mut date) = (None, 0);
    for change in changes {
        date += 1;
        let revision = u32::try_from(date).unwrap();
        current = Some(Enrolment::change(current.as_ref(), *change, day(date), revision).unwrap().0);
    }
    current.unwrap()
}

#[test]
fn only_some_changes_are_taken_in_each_state() {
    use Change::{End, Enrol, Invite, ReEnrol, ReEnrolAfresh, Resume, Suspend, Withdraw};
    let table: [(&[Change], &[Change]); 6] = [
        (&[], &[Invite, Enrol]),
        (&[Invite], &[Enrol, Withdraw, End]),
        (&[Enrol], &[Suspend, Withdraw, End]),
        (&[Enrol, Suspend], &[Resume, Withdraw, End]),
        (&[Enrol, Withdraw], &[ReEnrol, ReEnrolAfresh]),
        (&[Enrol, End], &[ReEnrol, ReEnrolAfresh]),
    ];
    for (history, taken) in table {
        let current = if history.is_empty() { None } else { Some(after(history)) };
        for change in CHANGES {
            let result = Enrolment::change(current.as_ref(), change, day(50), 9);
            assert_eq!(result.is_ok(), taken.contains(&change), "{current:?} {change:?}");
            if let Err(refused) = result {
                assert_eq!(
                    refused,
                    IllegalChange { from: current.as_ref().map(|current| current.state), change }
                );
            }
        }
    }
}

#[test]
fn e_who_resumes_keeps_attempt_start_and_revision_and_who_starts_afresh_does_not() {
    let resumed = after(&[Change::Enrol, Change::Withdraw, Change::ReEnrol]);
    assert_eq!((resumed.attempt, resumed.attempt_started_at, resumed.revision), (1, day(1), 1));
    let afresh = after(&[Change::Enrol, Change::Withdraw, Change::ReEnrolAfresh]);
    assert_eq!((afresh.attempt, afresh.attempt_started_at, afresh.revision), (2, day(3), 3));
}

#[test]
fn who_was_invited_is_pinned_to_the_revision_of_the_day_they_came() {
    let claimed = after(&[Change::Invite, Change::Enrol]);
    assert_eq!(
        (claimed.state, claimed.attempt_started_at, claimed.revision),
        (EnrolmentState::Active, day(2), 2)
    );
    let late = after(&[Change::Invite, Change::Withdraw, Change::ReEnrol]);
    assert_eq!((late.state, late.attempt), (EnrolmentState::Active, 1));
}

proptest! {
    #[test]
    fn an_interval_is_open_exactly_while_the_learner_is_active(
        changes in proptest::collection::vec(proptest::sample::select(CHANGES.to_vec()), 0..40),
    ) {
        let (mut current, mut open, mut attempt): (Option<Enrolment>, _, _) = (None, false, 0);
        for (date, change) in changes.into_iter().enumerate() {
            let date = i64::try_from(date).unwrap();
            let Ok((enrolment, interval)) = Enrolment::change(current.as_ref(), change, day(date), 1) else { continue };
            match interval {
                Interval::Opens => {
                    prop_assert!(!open);
                    open = true;
                }
                Interval::Closes => {
                    prop_assert!(open);
                    open = false;
                }
                Interval::Stays => {}
            }
            prop_assert_eq!(open, enrolment.state == EnrolmentState::Active);
            prop_assert!(enrolment.attempt >= attempt);
            attempt = enrolment.attempt;
            current = Some(enrolment);
        }
    }
}
