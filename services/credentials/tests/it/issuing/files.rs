//! PDF, badges, and the archive of a run.

use axum::body::Body;
use http_body_util::BodyExt as _;
use lp_credentials_store::{Completion, Retirement, Tellings};
use lp_http::auth::testing::Who;
use lp_open_badges::{OpenBadgeCredential, read_png, read_svg, verify};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use super::{World, definition, profile};
use crate::http::{at, completed, holder};

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn files_hold_the_credential_and_a_picture_of_ones_own_is_used(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect width='9' height='9'/></svg>";
    let store = async |kind: &str, body: &str| {
        let request = Who::Manager.request("POST", "/api/v1/images").header("content-type", kind);
        let answer =
            world.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, stored) = store("image/svg+xml", svg).await;
    let digest = stored["digest"].as_str().unwrap();
    assert_eq!(
        (status, stored["url"].clone()),
        (201, json!(format!("https://credentials.example.org/images/{digest}")))
    );
    for (kind, body, expected) in [
        ("image/png", svg, 400),
        ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 400),
        ("image/svg+xml", "<p/>", 400),
        ("text/plain", "x", 415),
    ] {
        assert_eq!(store(kind, body).await.0, expected, "{kind} {body}");
    }
    let image = world.get(&format!("/images/{digest}")).await.is(200);
    assert_eq!(
        (image.text.as_str(), &image.headers["content-type"]),
        (svg, &"image/svg+xml".parse().unwrap())
    );
    let mut pictured = definition();
    pictured["image"] = json!("0".repeat(64));
    world.put("/api/v1/definitions/Org+N", "*", pictured.clone()).await.is(422);
    pictured["image"] = json!(digest);
    pictured["signatories"] = json!([{ "name": "Ada", "title": "Dean", "signature": digest }]);
    world.put("/api/v1/definitions/Org+N", "*", pictured).await.is(200);
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let id = world.only(42).await["credential_id"].as_str().unwrap().to_owned();
    let signed = world.get(&format!("/credentials/{id}")).await.is(200).text;
    let file = async |uri: String, who: Option<Who>| {
        let request = match who {
            Some(who) => who.request("GET", &uri),
            None => axum::http::Request::get(&uri),
        };
        let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes())
    };
    let of = |name: &str| format!("/credentials/{id}/{name}");
    for (name, kind, begins) in [
        ("certificate.pdf", "application/pdf", &b"%PDF-"[..]),
        ("transcript.pdf", "application/pdf", b"%PDF-"),
        ("badge.png", "image/png", b"\x89PNG"),
        ("badge.svg", "image/svg+xml", b"<svg"),
        ("preview.png", "image/png", b"\x89PNG"),
    ] {
        let (status, headers, bytes) = file(of(name), None).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, kind), "{name}");
        assert!(bytes.starts_with(begins), "{name}");
        assert_eq!(file(of(name), None).await.2, bytes, "the same bytes again: {name}");
        assert!(headers["content-disposition"].to_str().unwrap().contains(name), "{name}");
        let own = format!("/api/v1/credentials/{id}/files/{name}");
        assert_eq!(file(own.clone(), Some(Who::Learner)).await.2, bytes, "{name}");
        assert_eq!(file(own, Some(Who::OtherLearner)).await.0, 403, "{name}");
    }
    assert_eq!(file(of("certificate.exe"), None).await.0, 404);
    assert_ne!(file(of("certificate.pdf?lang=ar"), None).await.2, file(of("certificate.pdf"), None).await.2);
    let (_, _, png) = file(of("badge.png"), None).await;
    assert_eq!(read_png(&png).unwrap().as_ref(), Some(&signed));
    let (_, _, drawn) = file(of("badge.svg"), None).await;
    let drawn = String::from_utf8(drawn.to_vec()).unwrap();
    assert_eq!(read_svg(&drawn).unwrap(), Some(signed));
    assert!(drawn.contains("width='9'") || drawn.contains("width=\"9\""), "{drawn}");
}

/// A PNG file of one pixel.
const PIXEL: &str = "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000\
    000b4944415478da6364600000000600023081d02f0000000049454e44ae426082";

/// The bytes of a file, as everybody gets them.
async fn bytes(world: &World, uri: String) -> Vec<u8> {
    let request = axum::http::Request::get(&uri).body(Body::empty()).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{uri}");
    answer.into_body().collect().await.unwrap().to_bytes().to_vec()
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_badge_of_the_other_kind_is_made_of_the_picture_that_there_is(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 3'><rect width='9' height='3'/></svg>";
    let png = hex::decode(PIXEL).unwrap();
    let (mut version, mut n) = ("*".to_owned(), 0);
    for (kind, picture) in [("image/svg+xml", svg.as_bytes().to_vec()), ("image/png", png)] {
        let request = Who::Manager.request("POST", "/api/v1/images").header("content-type", kind);
        let answer = world.router.clone().oneshot(request.body(Body::from(picture)).unwrap()).await.unwrap();
        let stored = answer.into_body().collect().await.unwrap().to_bytes();
        let mut pictured = definition();
        pictured["image"] = serde_json::from_slice::<Value>(&stored).unwrap()["digest"].clone();
        let put = world.put("/api/v1/definitions/Org+N", &version, pictured).await.is(200);
        version = put.headers["etag"].to_str().unwrap().to_owned();
        n += 1;
        world.complete(vec![completed(40 + i64::from(n), n)]).await;
        world.issue().await;
        let one = world.only(40 + i64::from(n)).await;
        let at = format!("/credentials/{}", one["credential_id"].as_str().unwrap());
        let signed = world.get(&at).await.is(200).text;
        let (as_png, as_svg) =
            (bytes(&world, format!("{at}/badge.png")).await, bytes(&world, format!("{at}/badge.svg")).await);
        let as_svg = String::from_utf8(as_svg).unwrap();
        assert_eq!(read_png(&as_png).unwrap().as_ref(), Some(&signed), "{kind}");
        assert_eq!(read_svg(&as_svg).unwrap(), Some(signed), "{kind}");
        // Width and height of the PNG file, as its header has them.
        let size =
            [&as_png[16..20], &as_png[20..24]].map(|part| u32::from_be_bytes(part.try_into().unwrap()));
        let is_svg = kind == "image/svg+xml";
        assert_eq!(size, if is_svg { [600, 200] } else { [1, 1] }, "{kind}");
        assert_eq!(as_svg.contains("data:image/png;base64,"), !is_svg, "{kind}: {as_svg}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn all_of_a_run_come_as_one_archive_without_those_that_were_withdrawn(pool: PgPool) {
    let world = World::defined(pool).await;
    let other = Completion { run_key: "path-v1:Org+N+OTHER+G".into(), ..completed(60, 60) };
    let all = (1..=53).map(|n| completed(100 + i64::from(n), n)).chain([other]).collect();
    world.complete(all).await;
    world.issue().await;
    let retirement = Retirement { learner_id: 101, retired_at: at(99) };
    world.tell(Tellings { retirements: vec![retirement], ..Tellings::default() }).await;
    let uri = "/api/v1/credentials/archive?run_key=path-v1:Org%2BN%2BR%2BG";
    let request = Who::Manager.request("GET", uri).body(Body::empty()).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
        (200, "application/zip")
    );
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 52 * 2);
    let did = world.did().await;
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let (mut bytes, name) = (vec![], file.name().unwrap().into_owned());
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        let (id, kind) = name.split_once('.').unwrap();
        if kind == "json" {
            let badge: OpenBadgeCredential = verify(&bytes, &did).unwrap();
            assert!(badge.id.as_str().ends_with(id), "{name}");
        } else {
            assert!(kind == "pdf" && bytes.starts_with(b"%PDF-"), "{name}");
        }
    }
}

/// Markup, quotes, directions, emoji and length in every place where a name goes.
#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn no_name_breaks_out_of_where_it_stands(pool: PgPool) {
    let world = World::defined(pool).await;
    let long = "Nguyễn ".repeat(60);
    let names = [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "]]></openbadges:credential><script/>",
        "{{ qr }}{% if grade %}",
        "\u{202e}evil\u{200f} \u{2066}",
        "a\r\nSet-Cookie: x=1\u{1}",
        "\u{1f469}\u{200d}\u{1f393} Zo\u{308}e",
        "=HYPERLINK(\"https://evil.example\")",
        &long,
        "",
    ];
    for (n, name) in (1_u8..).zip(names) {
        let learner = 500 + i64::from(n);
        let mut named = holder(learner);
        name.clone_into(&mut named.name);
        let completions = vec![completed(learner, n)];
        world.tell(Tellings { completions, holders: vec![named], ..Tellings::default() }).await;
    }
    assert_eq!(world.issue().await.issued, names.len());
    for (n, name) in (1_u8..).zip(names) {
        let one = world.only(500 + i64::from(n)).await;
        let badge = world.shown(&one).await.unwrap();
        let shown =
            badge.credential_subject.identifier.iter().find_map(lp_open_badges::IdentityObject::shown_name);
        assert_eq!(shown.is_some(), !name.is_empty(), "{name:?}");
        let at = format!("/credentials/{}", one["credential_id"].as_str().unwrap());
        let page = world.ask(None, "GET", &at, Value::Null, &[("accept", "text/html")]).await.is(200);
        for bad in ["<script", "<img src=x"] {
            assert!(!page.text.contains(bad), "{name:?}: {bad}");
        }
        assert!(page.headers.get("set-cookie").is_none());
        for file in ["certificate.pdf", "transcript.pdf", "badge.png", "preview.png"] {
            let request = axum::http::Request::get(format!("{at}/{file}")).body(Body::empty()).unwrap();
            assert_eq!(world.router.clone().oneshot(request).await.unwrap().status(), 200, "{name:?} {file}");
        }
        let svg = world.get(&format!("{at}/badge.svg")).await.is(200).text;
        let read: Value = serde_json::from_str(&read_svg(&svg).unwrap().unwrap()).unwrap();
        assert_eq!(read["id"], one["url"], "{name:?}");
    }
}
