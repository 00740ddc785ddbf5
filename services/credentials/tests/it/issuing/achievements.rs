//! What credentials are for, at the address that stands in them.

use lp_open_badges::OpenBadgeCredential;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Answer, World, definition, profile};
use crate::http::completed;

const ADDRESS: &str = "/achievements/path-v1:Org+N+R+G/revisions/1";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn page(world: &World, uri: &str) -> Answer {
    world.ask(None, "GET", uri, Value::Null, &[("accept", BROWSER)]).await
}

fn aligned() -> Value {
    let mut definition = definition();
    definition["criteria_url"] = json!("https://example.org/criteria");
    definition["alignment"] = json!([
        { "name": "Managing data", "url": "https://example.org/frameworks/1.3", "framework": "Digital <competences>", "code": "1.3",
          "description": "Keeps data." },
        { "name": "Kafka basics", "url": "https://example.org/kafka" },
    ]);
    definition
}

async fn issued(pool: PgPool) -> World {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    world.put("/api/v1/definitions/Org+N", "*", aligned()).await.is(200);
    world.complete(vec![completed(42, 1)]).await;
    world.get(ADDRESS).await.is(404);
    world.issue().await;
    world
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn the_address_of_an_achievement_gives_what_credentials_hold(pool: PgPool) {
    let world = issued(pool).await;
    let answer = world.get(ADDRESS).await.is(200);
    assert_eq!(answer.headers["content-type"], "application/ld+json");
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let mut achieved = answer.json();
    let contexts = achieved.as_object_mut().unwrap().remove("@context").unwrap();
    assert_eq!(contexts[0], "https://www.w3.org/ns/credentials/v2");
    let one = world.only(42).await;
    let badge: OpenBadgeCredential = world.shown(&one).await.unwrap();
    let held = serde_json::to_value(badge.credential_subject.achievement).unwrap();
    assert_eq!(achieved, held);
    assert_eq!(achieved["id"], format!("https://credentials.example.org{ADDRESS}"));
    assert_eq!(
        achieved["alignment"][0],
        json!({ "type": ["Alignment"], "targetName": "Managing data", "targetUrl": "https://example.org/frameworks/1.3",
            "targetFramework": "Digital <competences>", "targetCode": "1.3", "targetDescription": "Keeps data." })
    );
    // Another spelling of the same address, and addresses of nothing.
    world.get("/achievements/path-v1%3AOrg%2BN%2BR%2BG/revisions/1").await.is(200);
    for (uri, status) in [
        ("/achievements/path-v1:Org+N+R+G/revisions/2", 404),
        ("/achievements/path-v1:Org+N+OTHER+G/revisions/1", 404),
        ("/achievements/path-v1:Org+N+R+G/revisions/one", 400),
        ("/achievements/Org+N/revisions/1", 400),
        ("/achievements/%00/revisions/1", 400),
    ] {
        world.get(uri).await.is(status);
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn people_get_a_page_of_an_achievement_and_a_link_to_it(pool: PgPool) {
    let world = issued(pool).await;
    let shown = page(&world, ADDRESS).await.is(200);
    assert!(shown.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let said =
        ["Data Engineering", "<strong>it</strong>", "Example University", "Digital &#60;competences&#62;"];
    for said in said.into_iter().chain(["href=\"https://example.org/frameworks/1.3\"", "path-v1:Org+N+R+G"]) {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(!shown.text.contains("Canary"), "{}", shown.text);
    assert!(page(&world, &format!("{ADDRESS}?lang=ar")).await.is(200).text.contains("dir=\"rtl\""));
    let missing = page(&world, "/achievements/path-v1:Org+N+R+G/revisions/2").await.is(404);
    assert!(missing.text.contains("<html"), "{}", missing.text);
    let one = world.only(42).await;
    let verify =
        page(&world, &format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.is(200);
    for said in [ADDRESS, "Managing data", "Digital &#60;competences&#62;"] {
        assert!(verify.text.contains(said), "{said}: {}", verify.text);
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn an_achievement_is_what_it_was_last_issued_as(pool: PgPool) {
    let world = issued(pool).await;
    let mut renamed = aligned();
    renamed["name"] = json!("Renamed");
    world.put("/api/v1/definitions/Org+N", "\"1\"", renamed).await.is(200);
    world.issue().await;
    assert_eq!(world.get(ADDRESS).await.is(200).json()["name"], "Data Engineering");
    world.complete(vec![completed(43, 2)]).await;
    world.issue().await;
    assert_eq!(world.get(ADDRESS).await.is(200).json()["name"], "Renamed");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn an_alignment_that_cannot_be_shown_is_refused_where_it_stands(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let refused = async |alignment: Value| {
        let mut definition = definition();
        definition["alignment"] = alignment;
        let answer = world.put("/api/v1/definitions/Org+N", "*", definition).await.is(422);
        answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let one = json!({ "name": "N", "url": "https://example.org" });
    assert_eq!(refused(json!(vec![one; 21])).await, "/alignment");
    assert_eq!(refused(json!([{ "name": " ", "url": "https://example.org" }])).await, "/alignment/0/name");
    assert_eq!(refused(json!([{ "name": "N", "url": "urn:isbn:1" }])).await, "/alignment/0/url");
    let long = "x".repeat(301);
    let coded = json!([{ "name": "N", "url": "https://example.org", "code": long }]);
    assert_eq!(refused(coded).await, "/alignment/0/code");
}
