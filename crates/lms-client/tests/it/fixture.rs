use std::num::NonZeroU32;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use lp_devstack::LmsApi;
use lp_devstack::lms_api::{Account, Course};
use lp_lms_client::{Limits, Lms, Settings};
use opaque_keys::CourseKey;

pub(crate) const COURSE: &str = "course-v1:edX+DemoX+1";
pub(crate) const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn key(text: &str) -> CourseKey {
    text.parse().unwrap()
}

pub(crate) fn demo() -> CourseKey {
    key(COURSE)
}

/// An LMS with `alice` (id 7) and the open course [`COURSE`].
pub(crate) async fn lms() -> LmsApi {
    let lms = LmsApi::start().await.unwrap();
    lms.add_account(Account::learner(7, "alice"));
    lms.add_course(Course::open(COURSE));
    lms
}

/// As good as without a throttle and a breaker; tries over at once, and waits for no minute.
pub(crate) fn settings(url: &str) -> Settings {
    let (id, secret) = (LmsApi::CLIENT_ID.to_owned(), LmsApi::CLIENT_SECRET.into());
    Settings {
        calls_per_minute: NonZeroU32::new(1_000).unwrap(),
        timeout: HOUR,
        limits: Limits {
            patience: Duration::from_secs(30),
            first_delay: Duration::from_millis(1),
            breaker_failures: NonZeroU32::MAX,
            bulk_timeout: HOUR,
            ..Limits::default()
        },
        ..Settings::new(url.parse().unwrap(), id, secret)
    }
}

pub(crate) fn client(lms: &LmsApi) -> Lms {
    Lms::new(&settings(&lms.url())).unwrap()
}

pub(crate) fn client_with(lms: &LmsApi, change: impl FnOnce(&mut Limits)) -> Lms {
    let mut settings = settings(&lms.url());
    change(&mut settings.limits);
    Lms::new(&settings).unwrap()
}

/// Lets time pass for the client and the LMS. Nothing may be on its way.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Runs a call while time passes quickly.
pub(crate) async fn hurried<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    loop {
        if let Poll::Ready(done) = futures::poll!(&mut call) {
            return done;
        }
        tokio::task::yield_now().await;
        pass(Duration::from_millis(50)).await;
    }
}
