//! Into the courses of a path, at an LMS that keeps to the platform's contract.

use lp_devstack::LmsApi;
use lp_devstack::lms_api::{Account, Course, Fault};
use lp_lms_client::Lms;
use lp_runtime::{Settings, Source};
use serde_json::json;
use sqlx::PgPool;

use crate::support::{COURSES, PUB, Service, User, seed};

/// An LMS with two open courses, the second by invitation, and all users; and a client of it.
pub(crate) async fn lms() -> (LmsApi, Lms) {
    let lms = LmsApi::start().await.unwrap();
    for (id, user) in (1..).zip(User::AT_THE_PLUGIN) {
        lms.add_account(Account::learner(100 + id, user.name()));
    }
    lms.add_course(Course::open(COURSES[0]));
    lms.add_course(Course { invite_only: true, ..Course::open(COURSES[1]) });
    let url = lms.url();
    let settings = [
        ("LP_LMS_URL", url.as_str()),
        ("LP_LMS_CLIENT_ID", LmsApi::CLIENT_ID),
        ("LP_LMS_CLIENT_SECRET", LmsApi::CLIENT_SECRET),
        ("LP_LMS_CALLS_PER_MINUTE", "10000"),
    ];
    let settings = Settings::load(&Source::new(settings, None), &[]).unwrap();
    let client = settings.lms.client().unwrap().unwrap();
    (lms, client)
}

fn uri(course: &str) -> String {
    format!("{PUB}/enrollments/{course}/")
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_learner_of_the_path_is_enrolled_and_keeps_a_better_mode(pool: PgPool) {
    seed(&pool).await;
    let (lms, client) = lms().await;
    let service = Service::of(&pool, None, Some(client));
    let in_course = json!({ "detail": "User successfully enrolled in the course." });
    service.post(User::Ann, &uri(COURSES[0])).await.says(404, "No LearningPath matches the given query.");
    service.post(User::Ann, &format!("{PUB}/enrollments/")).await.is(201);
    for _ in 0..2 {
        assert_eq!(service.post(User::Ann, &uri(COURSES[0])).await.is(201).json(), in_course);
    }
    lms.set_enrolment("ann", COURSES[0], "verified", true);
    service.post(User::Ann, &uri(COURSES[0])).await.is(201);
    let modes: Vec<String> =
        lms.enrolments().into_iter().filter(|one| one.username == "ann").map(|one| one.mode).collect();
    assert_eq!(modes, ["verified"]);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_the_lms_or_the_path_refuses_is_a_bad_request(pool: PgPool) {
    seed(&pool).await;
    let (lms, client) = lms().await;
    let service = Service::of(&pool, None, Some(client));
    service.post(User::Ann, &format!("{PUB}/enrollments/")).await.is(201);
    for course in [COURSES[1], COURSES[2]] {
        service.post(User::Ann, &uri(course)).await.says(400, "Failed to enroll the user in the course.");
    }
    for course in ["course-v1:OX+OTHER+2026", "course-v1:OX+C1+2026+x", "course-v1:%F0%9F%A6%80+C1+2026"] {
        service
            .post(User::Ann, &uri(course))
            .await
            .says(400, "The course is not part of this learning path.");
    }
    service.post(User::Ann, &uri("ccx-v1:OX+C1+2026+ccx@1")).await.says(404, "Not found.");
    for who in [User::Ann, User::Staff] {
        let named = service.json(who, "POST", &uri(COURSES[0]), &json!({ "username": "bob" })).await;
        named.says(403, "You do not have permission to perform this action.");
    }
    assert!(lms.enrolments().is_empty());
    lms.fail("enrolment", Fault::Cut, 20);
    let away = service.post(User::Ann, &uri(COURSES[0])).await.is(503).json();
    assert_eq!(away, json!({ "detail": "Temporarily not available" }));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn without_an_lms_it_says_so(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    service.post(User::Ann, &format!("{PUB}/enrollments/")).await.is(201);
    let detail = "Courses cannot be enrolled in from here: LP_LMS_URL is not set.";
    service.post(User::Ann, &uri(COURSES[0])).await.says(400, detail);
}
