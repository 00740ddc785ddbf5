//! Learning paths.

use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Client, RUN, manager};

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_path_is_made_found_edited_archived_and_restored(pool: PgPool) {
    let manager = Client::new(&pool, Who::Manager);
    let new = json!({
        "org": "Org", "number": "Data/1 Ü", "title": "Data analyst",
        "details": { "subtitle": "From tables to insight", "label": "journey", "skills_acquired": ["SQL"] },
    });
    let made = manager.post("/paths", new.clone()).await.is(201);
    let place = made.headers["location"].to_str().unwrap();
    assert_eq!(place, "/api/v1/paths/Org/Data%2F1%20%C3%9C");
    let uri = place.strip_prefix("/api/v1").unwrap();
    manager.post("/paths", new).await.is(409);

    let read = manager.get(uri).await.is(200);
    assert_eq!((read.json(), read.etag()), (made.json(), made.etag()));
    assert_eq!(read.json()["details"]["visibility"], "public");

    let edit = json!({ "title": "Analyst", "details": { "visibility": "private", "invite_only": true } });
    let edited = manager.ask("PATCH", uri, &[("if-match", &read.etag())], edit).await.is(200);
    assert_eq!(edited.json()["title"], "Analyst");
    assert_eq!(edited.json()["details"]["subtitle"], "From tables to insight", "what is not given stays");
    assert_eq!(edited.json()["details"]["invite_only"], true);

    let archived = manager.post(&format!("{uri}/archive"), Value::Null).await.is(200);
    assert!(archived.json()["archived_at"].is_string());
    let again = manager.post(&format!("{uri}/archive"), json!({ "reason": "sure" })).await.is(200);
    assert_eq!(again.etag(), archived.etag(), "nothing changed");
    let listed = async |archived: bool| {
        let list = manager.get(&format!("/paths?archived={archived}&search=ANALY")).await.is(200);
        list.json()["items"].as_array().unwrap().len()
    };
    assert_eq!((listed(true).await, listed(false).await), (1, 0));
    let restored = manager.post(&format!("{uri}/restore"), Value::Null).await.is(200);
    assert_eq!(restored.json()["archived_at"], Value::Null);
    assert_eq!((listed(true).await, listed(false).await), (0, 1));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn of_two_who_edit_a_path_the_second_is_told(pool: PgPool) {
    let manager = manager(&pool).await;
    let etag = manager.get("/paths/Org/N").await.is(200).etag();
    let edit = |headers: Vec<(&'static str, String)>, title: &str| {
        let (manager, body) = (manager.clone(), json!({ "title": title }));
        async move {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, &**value)).collect();
            manager.ask("PATCH", "/paths/Org/N", &headers, body).await
        }
    };
    edit(vec![], "B").await.is(428);
    let spelt = |sign: &str| format!("\"{sign}{}\"", etag.trim_matches('"'));
    for wrong in ["\"0\"".into(), "*".into(), "x".into(), format!("W/{etag}"), spelt("+"), spelt("0")] {
        edit(vec![("if-match", wrong)], "B").await.is(412);
    }
    edit(vec![("if-match", etag.clone())], "B").await.is(200);
    edit(vec![("if-match", etag)], "C").await.is(412);
    assert_eq!(manager.get("/paths/Org/N").await.json()["title"], "B");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_84_what_cannot_be_is_refused(pool: PgPool) {
    let manager = manager(&pool).await;
    let path = |more: Value| {
        let mut path = json!({ "org": "Org", "number": "M", "title": "A path" });
        path.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        path
    };
    for (status, wrong) in [
        (400, json!({ "updated_at": "2026-01-01T00:00:00Z" })),
        (400, json!({ "version": 1 })),
        (400, json!({ "details": { "lable": "path" } })),
        (400, json!({ "details": { "label": "course" } })),
        (400, json!({ "title": "A\u{0}" })),
        (400, json!({ "title": 7 })),
        (422, json!({ "title": " " })),
        (422, json!({ "title": "x".repeat(501) })),
        (422, json!({ "number": "M+1" })),
        (422, json!({ "number": "" })),
        (422, json!({ "reason": "x".repeat(1_001) })),
        (413, json!({ "title": "x".repeat(70_000) })),
    ] {
        manager.post("/paths", path(wrong)).await.is(status);
    }
    let etag = manager.get("/paths/Org/N").await.etag();
    for details in [json!({ "lable": "path" }), json!({ "skills_required": "SQL" })] {
        let edit = json!({ "details": details });
        manager.ask("PATCH", "/paths/Org/N", &[("if-match", &etag)], edit).await.is(422);
    }
    for uri in ["/paths?search=%00", "/paths?cursor=x", "/paths?limit=0", "/paths?x=1", "/runs?number=N"] {
        manager.get(uri).await.is(400);
    }
    assert_eq!(manager.get("/paths").await.json()["items"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_list_goes_on_where_it_ended(pool: PgPool) {
    let manager = manager(&pool).await;
    for n in 0..5 {
        let path = json!({ "org": "Org", "number": format!("P{n}"), "title": "A path" });
        manager.post("/paths", path).await.is(201);
        let run = json!({ "run_key": format!("path-v1:Org+P{n}+R+G") });
        manager.post("/runs", run).await.is(201);
    }
    for (list, name) in [("/paths", "number"), ("/runs", "run_key")] {
        let (mut seen, mut uri) = (vec![], format!("{list}?limit=4"));
        loop {
            let page = manager.get(&uri).await.is(200).json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item[name].clone()));
            let Some(next) = page["next"].as_str() else { break };
            uri = format!("{list}?limit=4&cursor={next}");
        }
        assert_eq!(seen.len(), 6, "{seen:?}");
        seen.dedup();
        assert_eq!(seen.len(), 6, "{seen:?}");
    }
    let of_path = manager.get("/runs?org=Org&number=N").await.is(200).json();
    assert_eq!(of_path["items"].as_array().unwrap().len(), 1);
    assert_eq!(of_path["items"][0]["run_key"], RUN);
}
