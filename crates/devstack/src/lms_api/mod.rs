//! The part of the LMS's REST API that enrols learners and tells what they have: tokens, enrolments, courses, accounts,
//! grades, certificates.
//!
//! Statuses, empty bodies, throttles and what is asked of whom are those of the platform, also where they surprise.
//! Nothing here comes from the client that it tests.

mod accounts;
mod answer;
mod bulk;
mod certificate;
mod course;
mod enrol;
mod enrolment;
mod fault;
mod grade;
mod things;
mod throttle;
mod token;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::things::Invitation;
use self::world::{Client, World, world};

pub use self::fault::Fault;
pub use self::things::{Account, Certificate, Course, Enrolment, Grade, Mode, Refusal};
pub use self::token::{AUDIENCE, ISSUER, administrator_token, learner_token};

type Shared = State<Arc<Mutex<World>>>;

/// An LMS in process; ends when dropped.
///
/// It knows one account, `learning_paths` (staff, id 1), and the application [`LmsApi::CLIENT_ID`] that acts as it.
pub struct LmsApi {
    address: SocketAddr,
    state: Arc<Mutex<World>>,
    _end: DropGuard,
}

impl LmsApi {
    /// The application that acts as the service user.
    pub const CLIENT_ID: &'static str = "learning-paths";
    /// Its secret.
    pub const CLIENT_SECRET: &'static str = "a secret between the service and the LMS";

    /// Starts an LMS without learners and courses on a free port of loopback.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start() -> anyhow::Result<Self> {
        let service = Account { is_staff: true, ..Account::learner(1, "learning_paths") };
        let client = Client {
            id: Self::CLIENT_ID.to_owned(),
            secret: Self::CLIENT_SECRET.to_owned(),
            username: service.username.clone(),
        };
        let (state, end) = (Arc::new(Mutex::new(World::new(service, client))), CancellationToken::new());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (router, ended) = (router(Arc::clone(&state)), end.clone().cancelled_owned());
        drop(tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await }));
        Ok(Self { address, state, _end: end.drop_guard() })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds an account, or replaces the one with its id.
    pub fn add_account(&self, account: Account) {
        let mut world = world(&self.state);
        world.accounts.retain(|kept| kept.id != account.id);
        world.accounts.push(account);
    }

    /// Adds an application whose tokens act as an account.
    pub fn add_client(&self, id: &str, secret: &str, username: &str) {
        let (id, secret, username) = (id.to_owned(), secret.to_owned(), username.to_owned());
        world(&self.state).clients.push(Client { id, secret, username });
    }

    /// Adds a course run, or replaces it.
    pub fn add_course(&self, course: Course) {
        world(&self.state).courses.insert(course.key.clone(), course);
    }

    /// Invites an address into a course, as an instructor would.
    pub fn invite(&self, email: &str, course: &str) {
        let (email, course) = (email.to_owned(), course.to_owned());
        world(&self.state).invitations.push(Invitation { email, course, auto_enroll: false });
    }

    /// Enrols or unenrols a learner, as the learner would.
    pub fn set_enrolment(&self, username: &str, course: &str, mode: &str, is_active: bool) {
        let mut world = world(&self.state);
        if world.enrolment(username, course).is_none() {
            world.insert(username, course, mode.to_owned());
        }
        if let Some(row) = world.enrolment_mut(username, course) {
            (row.mode, row.is_active) = (mode.to_owned(), is_active);
        }
    }

    /// Sets a learner's grade in a course; until then it is 0, not passed.
    pub fn set_grade(&self, username: &str, course: &str, grade: Grade) {
        world(&self.state).grades.insert((username.to_owned(), course.to_owned()), grade);
    }

    /// Gives a learner a certificate of a course, or replaces it.
    pub fn set_certificate(&self, username: &str, course: &str, certificate: Certificate) {
        world(&self.state).certificates.insert((username.to_owned(), course.to_owned()), certificate);
    }

    /// All enrolments, oldest first, with the inactive.
    #[must_use]
    pub fn enrolments(&self) -> Vec<Enrolment> {
        world(&self.state).enrolments.clone()
    }

    /// Whether an address is invited into a course, and if so, whether activating its account enrols it.
    #[must_use]
    pub fn invitation(&self, email: &str, course: &str) -> Option<bool> {
        world(&self.state).invitation(email, course).map(|row| row.auto_enroll)
    }

    /// How many calls came to an endpoint, refused ones too: `token`, `enrolment`, `enrol`, `course`, `bulk_enrol`,
    /// `accounts`, `search_emails`, `grade`, `certificate`, `enrolments`.
    #[must_use]
    pub fn calls(&self, endpoint: &str) -> u32 {
        world(&self.state).calls.get(endpoint).copied().unwrap_or_default()
    }

    /// Makes the next calls of an endpoint go wrong, so many times; those planned before come first.
    pub fn fail(&self, endpoint: &'static str, fault: Fault, times: usize) {
        world(&self.state).faults.entry(endpoint).or_default().extend(std::iter::repeat_n(fault, times));
    }

    /// Sets how many calls of staff a minute it takes, of all replicas together; 120 until then.
    pub fn throttle(&self, limit: usize) {
        world(&self.state).staff_limit = Some(limit);
    }

    /// Sets how many requests for tokens a minute it takes; 120 until then.
    pub fn throttle_tokens(&self, limit: usize) {
        world(&self.state).token_limit = Some(limit);
    }

    /// Sets how long new tokens live, in whole seconds; an hour until then.
    pub fn token_life(&self, life: Duration) {
        world(&self.state).token_life = life;
    }

    /// Puts its clock forward of Tokio's, which it follows: tokens expire, throttles empty, windows open and close.
    pub fn advance(&self, by: Duration) {
        world(&self.state).ahead += TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX);
    }

    /// Switches bulk enrolment on; it is off by default, as on a site.
    pub fn enable_bulk(&self) {
        world(&self.state).has_bulk = true;
    }

    /// Makes bulk enrolment fail on an identifier.
    pub fn break_bulk(&self, identifier: &str) {
        world(&self.state).broken.insert(identifier.to_owned());
    }
}

/// With and without the final slash as the platform's own routes are.
fn router(state: Arc<Mutex<World>>) -> Router {
    let enrolment = "/api/enrollment/v1";
    let accounts = "/api/user/v1/accounts";
    Router::new()
        .route("/oauth2/access_token", post(token::issue))
        .route("/oauth2/access_token/", post(token::issue))
        .route(&format!("{enrolment}/enrollment"), post(enrol::post))
        .route(&format!("{enrolment}/enrollment/{{*which}}"), get(enrolment::one))
        .route(&format!("{enrolment}/enrollments"), get(enrolment::list))
        .route(&format!("{enrolment}/course/{{*course}}"), get(course::get))
        .route("/api/bulk_enroll/v1/bulk_enroll", post(bulk::post))
        .route("/api/grades/v1/courses/{*course}", get(grade::one))
        .route("/api/certificates/v0/certificates/{*which}", get(certificate::one))
        .route(accounts, get(accounts::list))
        .route(&format!("{accounts}/search_emails"), post(accounts::search_emails))
        .fallback(async || -> Response { answer::page(StatusCode::NOT_FOUND) })
        .layer(middleware::from_fn_with_state(Arc::clone(&state), fault::cut))
        .with_state(state)
}
