use chrono::{DateTime, Utc};

/// An account of the LMS.
#[derive(Debug, Clone)]
pub struct Account {
    /// The LMS user id.
    pub id: i64,
    /// Its name, unique but for case.
    pub username: String,
    /// Its address, unique but for case.
    pub email: String,
    /// Whether the address was confirmed.
    pub is_active: bool,
    /// `is_staff` of the LMS.
    pub is_staff: bool,
    /// Whether its owner asked for retirement.
    pub is_retiring: bool,
}

impl Account {
    /// A learner's activated account, with the address `<username>@example.org`.
    #[must_use]
    pub fn learner(id: i64, username: &str) -> Self {
        Self {
            id,
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            is_active: true,
            is_staff: false,
            is_retiring: false,
        }
    }
}

/// A course mode.
#[derive(Debug, Clone)]
pub struct Mode {
    /// `audit`, `honor`, `verified`, ….
    pub slug: String,
    /// When it stops being offered.
    pub expiration: Option<DateTime<Utc>>,
}

impl Mode {
    /// A mode that does not expire.
    #[must_use]
    pub fn new(slug: &str) -> Self {
        Self { slug: slug.to_owned(), expiration: None }
    }
}

/// Why enrolment is refused to everybody, whatever the window says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A view filter: `400` with the general message.
    View,
    /// An enrolment filter: `403` with `localizedMessage`.
    Filter,
    /// An embargo of the learner's country: `403` with `user_message_url`.
    Embargo,
}

/// A course run.
#[derive(Debug, Clone)]
pub struct Course {
    /// Its key.
    pub key: String,
    /// When enrolment opens; `None` when it always was open.
    pub enrollment_start: Option<DateTime<Utc>>,
    /// When enrolment closes; `None` when it never does.
    pub enrollment_end: Option<DateTime<Utc>>,
    /// Whether only the invited may enrol.
    pub invite_only: bool,
    /// The most active enrolments.
    pub capacity: Option<usize>,
    /// The modes, the default first.
    pub modes: Vec<Mode>,
    /// Who refuses everybody, if somebody does.
    pub refusal: Option<Refusal>,
}

impl Course {
    /// A course that is open to all, in mode `audit`.
    #[must_use]
    pub fn open(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            enrollment_start: None,
            enrollment_end: None,
            invite_only: false,
            capacity: None,
            modes: vec![Mode::new("audit")],
            refusal: None,
        }
    }

    /// Whether enrolment is open at an instant, for those who need no invitation.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        !self.invite_only
            && self.enrollment_start.is_none_or(|start| start <= now)
            && self.enrollment_end.is_none_or(|end| now < end)
    }

    pub(super) fn offers(&self, slug: &str, now: DateTime<Utc>, include_expired: bool) -> bool {
        self.modes.iter().any(|mode| {
            mode.slug == slug
                && (include_expired || mode.expiration.is_none_or(|expiration| now < expiration))
        })
    }

    pub(super) fn default_mode(&self) -> String {
        self.modes.first().map_or("audit", |mode| mode.slug.as_str()).to_owned()
    }
}

/// A row of `student_courseenrollment`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The learner.
    pub username: String,
    /// The course run's key.
    pub course: String,
    /// Its mode.
    pub mode: String,
    /// Whether the learner is in the course now.
    pub is_active: bool,
    /// When the row was made.
    pub created: DateTime<Utc>,
    /// Namespace, name and value of each attribute.
    pub attributes: Vec<(String, String, String)>,
}

/// A learner's grade in a course run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade {
    /// Whether it passes.
    pub passed: bool,
    /// 0 to 1.
    pub percent: f64,
}

/// A learner's certificate of a course run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// `downloadable`, `notpassing`, `unavailable`, ….
    pub status: String,
    /// The mode it is of: `honor`, `verified`, ….
    pub mode: String,
    /// As the LMS keeps it: a number, as text.
    pub grade: String,
}

/// A row of `CourseEnrollmentAllowed`: who may enrol, or will be, by address.
pub(super) struct Invitation {
    pub(super) email: String,
    pub(super) course: String,
    /// Whether activating the account enrols it.
    pub(super) auto_enroll: bool,
}
