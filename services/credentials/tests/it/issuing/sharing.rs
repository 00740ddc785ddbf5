//! Who sees a credential, and what of it.

use lp_credentials_store::{Retirement, Tellings, award_id};
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{World, definition, profile};
use crate::http::completed;

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_learner_decides_who_sees_a_credential_and_nobody_else_does(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let id = one["credential_id"].as_str().unwrap();
    assert_ne!(id, award_id(completed(42, 1).completion_id).to_string(), "nobody guesses it");
    let (sharing, off) =
        (format!("/api/v1/credentials/{id}/sharing"), json!({ "is_shared": false, "shows_name": false }));
    for who in [Who::Manager, Who::OtherLearner, Who::Administrator] {
        world.ask(Some(who), "PUT", &sharing, off.clone(), &[]).await.is(403);
    }
    world.ask(Some(Who::Learner), "PUT", &sharing, off, &[]).await.is(200);
    let hidden = world.get(&format!("/credentials/{id}")).await.is(404);
    assert_eq!(hidden.text, world.get(&format!("/credentials/{}", Uuid::nil())).await.is(404).text);
    let on = json!({ "is_shared": true, "shows_name": true });
    world.ask(Some(Who::Learner), "PUT", &sharing, on, &[]).await.is(200);
    world.get(&format!("/credentials/{id}")).await.is(200);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn people_get_a_page_that_says_how_it_stands_and_shows_a_name_only_if_the_learner_wants(pool: PgPool) {
    let world = World::defined(pool).await;
    let (first, second) = (completed(42, 1), completed(43, 2));
    world.complete(vec![first.clone(), second]).await;
    world.issue().await;
    let one = world.only(42).await;
    let at = |id: &str| format!("/credentials/{id}");
    let id = one["credential_id"].as_str().unwrap();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = async |uri: &str| world.ask(None, "GET", uri, Value::Null, &[("accept", browser)]).await;
    let shown = page(&at(id)).await.is(200);
    assert!(shown.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(shown.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let vary: Vec<_> = shown.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"accept, accept-language"), "{vary:?}");
    for said in [
        "Canary",
        "Data Engineering",
        "Example University",
        "<strong>it</strong>",
        "Kafka, basically",
        "100%",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(!shown.text.contains("canary@"));
    assert!(page(&format!("{}?lang=ar", at(id))).await.text.contains("dir=\"rtl\""));

    let sharing = format!("/api/v1/credentials/{id}/sharing");
    let nameless = json!({ "is_shared": true, "shows_name": false });
    world.ask(Some(Who::Learner), "PUT", &sharing, nameless, &[]).await.is(200);
    let nameless = page(&at(id)).await.is(200).text;
    assert!(!nameless.contains("Canary") && !nameless.contains("certificate.pdf"), "{nameless}");
    for file in ["", "/credential.json", "/certificate.pdf", "/badge.png"] {
        world.get(&format!("{}{file}", at(id))).await.is(404);
    }
    world.revoke(&first).await;
    world.issue().await;
    let revoked = page(&at(id)).await.is(200).text;
    assert!(revoked.contains("requirement_no_longer_met") && revoked != shown.text, "{revoked}");

    let hidden = json!({ "is_shared": false, "shows_name": true });
    world.ask(Some(Who::Learner), "PUT", &sharing, hidden, &[]).await.is(200);
    let (hidden, none) =
        (page(&at(id)).await.is(404).text, page(&at(&Uuid::nil().to_string())).await.is(404).text);
    assert_eq!(hidden, none);
    world.get(&format!("{}/credential.json", at(id))).await.is(404);

    let other = world.only(43).await["credential_id"].as_str().unwrap().to_owned();
    let file = world.get(&format!("{}/credential.json", at(&other))).await.is(200);
    assert_eq!(file.headers["content-disposition"], format!("attachment; filename=\"{other}.json\""));
    let retirement = Retirement { learner_id: 43, retired_at: crate::http::at(99) };
    world.tell(Tellings { retirements: vec![retirement], ..Tellings::default() }).await;
    let withdrawn = page(&at(&other)).await.is(200).text;
    assert!(!withdrawn.contains("Canary") && !withdrawn.contains("Kafka"), "{withdrawn}");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn pages_are_in_the_languages_that_the_definition_has_and_what_is_signed_is_in_its_own(pool: PgPool) {
    let world = World::new(pool).await;
    let mut definition = definition();
    definition["translations"] = json!({ "es": { "name": "Ingeniería de datos", "description": "Del itinerario.",
        "criteria": "Todo **eso**." } });
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    world.put("/api/v1/definitions/Org+N", "*", definition).await.is(200);
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let credential = format!("/credentials/{}", one["credential_id"].as_str().unwrap());
    let page = async |uri: &str| {
        world.ask(None, "GET", uri, Value::Null, &[("accept", "text/html")]).await.is(200).text
    };
    for uri in [&credential, "/achievements/path-v1:Org+N+R+G/revisions/1"] {
        let (spanish, french) =
            (page(&format!("{uri}?lang=es")).await, page(&format!("{uri}?lang=fr")).await);
        for said in ["Ingeniería de datos", "Del itinerario.", "<strong>eso</strong>"] {
            assert!(spanish.contains(said) && !french.contains(said), "{said}: {spanish}");
        }
        assert!(
            spanish.contains(r#"<h1><bdi lang="es">"#) && french.contains(r#"<h1><bdi lang="en">"#),
            "{french}"
        );
        assert!(french.contains("Data Engineering") && !spanish.contains("Data Engineering"), "{french}");
    }
    let signed = world.get(&credential).await.is(200).text;
    assert!(signed.contains("Data Engineering") && !signed.contains("itinerario"), "{signed}");
}
