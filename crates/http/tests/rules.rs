//! What tokens allow, by their claims: row 81 of the list of faults.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, header};
use axum::routing::get;
use lp_http::auth::testing::{auth, token};
use lp_http::{Api, Caller, Checks, Limits, Permission, Problem, Reach, Target};
use serde_json::{Value, json};
use tower::ServiceExt as _;

fn router() -> Router {
    let routes = Router::new()
        .route(
            "/read/{org}",
            get(async |caller: Caller, Path(org): Path<String>| {
                caller.require(Permission::ReadManagement, Target::Org(&org)).await
            }),
        )
        .route(
            "/manage/{org}",
            get(async |caller: Caller, Path(org): Path<String>| {
                caller.require(Permission::ManagePaths, Target::Org(&org)).await
            }),
        )
        .route(
            "/learner/{id}/{org}",
            get(async |caller: Caller, Path((learner, org)): Path<(i64, String)>| {
                caller.require(Permission::ReadProgress, Target::LearnerIn { learner, org: &org }).await
            }),
        )
        .route(
            "/names/{id}/{org}",
            get(async |caller: Caller, Path((learner, org)): Path<(i64, String)>| {
                caller.require(Permission::ReadNames, Target::LearnerIn { learner, org: &org }).await
            }),
        )
        .route(
            "/platform",
            get(async |caller: Caller| caller.require(Permission::ReadManagement, Target::Platform).await),
        )
        .route(
            "/reach",
            get(async |caller: Caller| match caller.reach(Permission::ReadManagement).await? {
                Reach::All => Ok::<_, Problem>("*".to_owned()),
                Reach::Orgs(orgs) => Ok(orgs.into_iter().collect::<Vec<_>>().join(" ")),
            }),
        );
    let (checks, metrics) = (Checks::new(), Arc::new(String::new));
    let auth = auth().unwrap();
    Api { routes, public: Router::new(), openapi: None, checks, metrics, auth, limits: Limits::default() }
        .router()
}

/// What learner 42 is answered with these claims besides.
async fn ask(claims: &Value, uri: &str) -> (u16, String) {
    let token = token(42, claims);
    let request = Request::get(uri).header(header::AUTHORIZATION, format!("JWT {token}"));
    let response = router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn allowed(claims: &Value, uri: &str) -> bool {
    match ask(claims, uri).await.0 {
        200 => true,
        403 => false,
        other => panic!("{claims} {uri}: {other}"),
    }
}

#[tokio::test]
async fn fault_81_a_filter_that_is_not_understood_lets_nothing_through() {
    for claims in [
        json!({ "administrator": true }),
        json!({ "is_restricted": true, "scopes": ["learning_paths:read"] }),
    ] {
        for filter in [
            "content_org:Org:x",
            "content_org:",
            "content_org:Org+x",
            "Org",
            "",
            "course:Org",
            "user:a:b",
            ":",
        ] {
            let mut claims = claims.clone();
            claims["filters"] = json!(["content_org:Org", filter]);
            assert!(!allowed(&claims, "/read/Org").await, "{claims}");
            assert_eq!(ask(&claims, "/reach").await.0, 403, "{claims}");
        }
    }
}

#[tokio::test]
async fn a_restricted_application_has_its_scopes_in_its_organisations_and_nothing_of_its_owner() {
    let restricted = |scope: &str, filters: Value| {
        json!({ "is_restricted": true, "administrator": true, "roles": ["learning_path_admin:*"],
            "scopes": [scope], "filters": filters })
    };
    let reader = restricted("learning_paths:read", json!(["content_org:Org", "content_org:Two"]));
    for (uri, expected) in [
        ("/read/Org", true),
        ("/read/Two", true),
        ("/read/org", false),
        ("/read/Other", false),
        ("/manage/Org", false),
        ("/learner/42/Org", true),
        ("/learner/43/Org", true),
        ("/learner/42/Other", false),
    ] {
        assert_eq!(allowed(&reader, uri).await, expected, "{uri}");
    }
    assert_eq!(ask(&reader, "/reach").await, (200, "Org Two".into()));
    let writer = restricted("learning_paths:write", json!(["content_org:Org"]));
    assert!(allowed(&writer, "/manage/Org").await && !allowed(&writer, "/read/Org").await);
    for nowhere in
        [restricted("learning_paths:read", json!([])), restricted("read", json!(["content_org:Org"]))]
    {
        assert!(!allowed(&nowhere, "/read/Org").await, "{nowhere}");
    }
    // `user:` filters narrow it to a learner; by name we know nobody.
    for (filter, own, other) in [("user:me", true, false), ("user:user42", false, false)] {
        let claims = restricted("learning_paths:read", json!(["content_org:Org", filter]));
        assert_eq!(allowed(&claims, "/learner/42/Org").await, own, "{filter}");
        assert_eq!(allowed(&claims, "/learner/43/Org").await, other, "{filter}");
        assert!(!allowed(&claims, "/read/Org").await, "{filter}");
    }
}

#[tokio::test]
async fn roles_are_read_as_the_lms_writes_them() {
    for (roles, reach, manages) in [
        (json!(["learning_path_admin:Org"]), Some("Org"), true),
        (json!(["learning_path_admin:Org", "learning_path_admin:Two"]), Some("Org Two"), true),
        (json!(["learning_path_admin:*"]), Some("*"), true),
        (json!(["learning_path_auditor:Org"]), Some("Org"), false),
        (json!(["learning_path_admin:Open:edX"]), Some("Open:edX"), false),
        (json!(["learning_path_admin"]), None, false),
        (json!(["learning_path_admin:"]), None, false),
        (json!(["learning_path_admin:Org+N"]), None, false),
        (json!(["enterprise_admin:*", "learning_path_admins:Org"]), None, false),
        (json!([]), None, false),
    ] {
        let claims = json!({ "roles": roles });
        let expected = reach.map_or((403, None), |reach| (200, Some(reach.to_owned())));
        let (status, text) = ask(&claims, "/reach").await;
        assert_eq!((status, (status == 200).then_some(text)), expected, "{claims}");
        assert_eq!(allowed(&claims, "/manage/Org").await, manages, "{claims}");
    }
    for more in [json!({ "administrator": true }), json!({ "superuser": true })] {
        assert_eq!(ask(&more, "/reach").await, (200, "*".into()));
        assert!(allowed(&more, "/learner/43/Other").await);
    }
    // What belongs to no organisation is the platform's.
    for (role, expected) in [("learning_path_admin:*", false), ("learning_path_auditor:*", true)] {
        assert_eq!(allowed(&json!({ "roles": [role] }), "/platform").await, expected, "{role}");
    }
    // A learner sees themselves, and nobody without an id is anybody.
    let nobody = json!({ "user_id": null });
    for (claims, uri, expected) in [
        (json!({}), "/learner/42/Org", true),
        (json!({}), "/learner/43/Org", false),
        (nobody, "/learner/42/Org", false),
    ] {
        assert_eq!(allowed(&claims, uri).await, expected, "{claims} {uri}");
    }
}

#[tokio::test]
async fn names_are_for_oneself_and_for_those_who_manage_paths_of_the_organisation() {
    let service = json!({
        "is_restricted": true, "administrator": true, "scopes": ["learning_paths:read", "learning_paths:write"],
        "filters": ["content_org:Org"],
    });
    for (claims, of_anybody, of_oneself) in [
        (json!({}), false, true),
        (json!({ "roles": ["learning_path_admin:Org"] }), true, true),
        (json!({ "roles": ["learning_path_admin:Other"] }), false, true),
        (json!({ "roles": ["learning_path_auditor:*"] }), false, true),
        (json!({ "administrator": true }), true, true),
        (service, false, false),
    ] {
        assert_eq!(allowed(&claims, "/names/7/Org").await, of_anybody, "{claims}");
        assert_eq!(allowed(&claims, "/names/42/Org").await, of_oneself, "{claims}");
    }
}
