//! What the simulated LMS knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::Fault;
use super::answer::{Refused, forbidden, page, throttled};
use super::things::{Account, Certificate, Course, Enrolment, Grade, Invitation};
use super::throttle::{Bucket, Throttle};
use super::token;

/// Calls a minute of one user, of all staff's replicas together, and of one address without credentials.
const USER_A_MINUTE: usize = 40;
const STAFF_A_MINUTE: usize = 120;
const ANONYMOUS_A_MINUTE: usize = 40;

pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: String,
    /// As whom its tokens act.
    pub(super) username: String,
}

pub(super) struct World {
    pub(super) accounts: Vec<Account>,
    pub(super) clients: Vec<Client>,
    pub(super) courses: BTreeMap<String, Course>,
    pub(super) enrolments: Vec<Enrolment>,
    pub(super) invitations: Vec<Invitation>,
    /// By name and course.
    pub(super) grades: BTreeMap<(String, String), Grade>,
    /// By name and course.
    pub(super) certificates: BTreeMap<(String, String), Certificate>,
    pub(super) throttle: Throttle,
    pub(super) staff_limit: Option<usize>,
    pub(super) token_limit: Option<usize>,
    pub(super) token_life: Duration,
    pub(super) has_bulk: bool,
    /// Identifiers on which bulk enrolment fails.
    pub(super) broken: BTreeSet<String>,
    pub(super) faults: BTreeMap<&'static str, VecDeque<Fault>>,
    /// Whether the answer that is being made is not to arrive.
    pub(super) is_cut: bool,
    pub(super) calls: BTreeMap<&'static str, u32>,
    /// Its clock follows Tokio's, so that a test may let time pass for both sides.
    started: (DateTime<Utc>, Instant),
    /// How far its clock is ahead of that.
    pub(super) ahead: TimeDelta,
}

pub(super) fn world(state: &Mutex<World>) -> MutexGuard<'_, World> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(super) fn new(service: Account, client: Client) -> Self {
        Self {
            accounts: vec![service],
            clients: vec![client],
            courses: BTreeMap::new(),
            enrolments: vec![],
            invitations: vec![],
            grades: BTreeMap::new(),
            certificates: BTreeMap::new(),
            throttle: Throttle::default(),
            staff_limit: None,
            token_limit: None,
            token_life: Duration::from_hours(1),
            has_bulk: false,
            broken: BTreeSet::new(),
            faults: BTreeMap::new(),
            is_cut: false,
            calls: BTreeMap::new(),
            started: (Utc::now(), Instant::now()),
            ahead: TimeDelta::zero(),
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.started.0 + self.started.1.elapsed() + self.ahead
    }

    /// Counts a call, and fails it if it is to fail.
    pub(super) fn enter(&mut self, call: &'static str) -> Result<(), Refused> {
        *self.calls.entry(call).or_default() += 1;
        match self.faults.get_mut(call).and_then(VecDeque::pop_front) {
            Some(Fault::Page(status)) => Err(page(status).into()),
            fault => {
                self.is_cut = fault == Some(Fault::Cut);
                Ok(())
            }
        }
    }

    /// A call to a view with a token and the throttle.
    pub(super) fn enter_throttled(
        &mut self,
        call: &'static str,
        headers: &HeaderMap,
    ) -> Result<Account, Refused> {
        let caller = self.enter_as(call, headers)?;
        self.pace(&caller)?;
        Ok(caller)
    }

    /// A call to a view for staff only, with the throttle: who is no staff is told so before it is counted.
    pub(super) fn enter_staff(
        &mut self,
        call: &'static str,
        headers: &HeaderMap,
    ) -> Result<Account, Refused> {
        let caller = self.enter_as(call, headers)?;
        if !caller.is_staff {
            return Err(forbidden().into());
        }
        self.pace(&caller)?;
        Ok(caller)
    }

    /// A call to a view with a token and without a throttle.
    pub(super) fn enter_as(&mut self, call: &'static str, headers: &HeaderMap) -> Result<Account, Refused> {
        self.enter(call)?;
        token::caller(self, headers)
    }

    /// A call to a view that reads no credentials.
    pub(super) fn enter_anonymous(&mut self, call: &'static str) -> Result<(), Refused> {
        self.enter(call)?;
        let now = self.now();
        self.throttle.pass(Bucket::Anonymous, ANONYMOUS_A_MINUTE, now).map_err(|wait| throttled(wait).into())
    }

    fn pace(&mut self, caller: &Account) -> Result<(), Refused> {
        let limit = if caller.is_staff { self.staff_limit.unwrap_or(STAFF_A_MINUTE) } else { USER_A_MINUTE };
        let now = self.now();
        self.throttle.pass(Bucket::User(caller.id), limit, now).map_err(|wait| throttled(wait).into())
    }

    /// By name; case does not count, as in the platform's database.
    pub(super) fn account(&self, username: &str) -> Option<&Account> {
        let wanted = username.to_lowercase();
        self.accounts.iter().find(|account| account.username.to_lowercase() == wanted)
    }

    /// By address; case does not count.
    pub(super) fn account_by_email(&self, email: &str) -> Option<&Account> {
        let wanted = email.to_lowercase();
        self.accounts.iter().find(|account| account.email.to_lowercase() == wanted)
    }

    pub(super) fn enrolment(&self, username: &str, course: &str) -> Option<&Enrolment> {
        self.enrolments.iter().find(|row| row.username == username && row.course == course)
    }

    pub(super) fn enrolment_mut(&mut self, username: &str, course: &str) -> Option<&mut Enrolment> {
        self.enrolments.iter_mut().find(|row| row.username == username && row.course == course)
    }

    pub(super) fn invitation(&self, email: &str, course: &str) -> Option<&Invitation> {
        self.invitations.iter().find(|row| row.email.eq_ignore_ascii_case(email) && row.course == course)
    }

    pub(super) fn is_full(&self, course: &Course) -> bool {
        let active = self.enrolments.iter().filter(|row| row.course == course.key && row.is_active).count();
        course.capacity.is_some_and(|capacity| active >= capacity)
    }

    /// A new active row; the learner has none yet.
    pub(super) fn insert(&mut self, username: &str, course: &str, mode: String) {
        let created = self.now();
        self.enrolments.push(Enrolment {
            username: username.to_owned(),
            course: course.to_owned(),
            mode,
            is_active: true,
            created,
            attributes: vec![],
        });
    }
}
