//! The APIs against their own OpenAPI documents, asked by Schemathesis as everybody who may come.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use lp_http::auth::testing::{AUDIENCE, ISSUER, TestKey, jwk_set, token};
use serde_json::{Value, json};

use crate::stack::{Service, Stack};

/// What every answer must be: no 5xx, of a documented status and media type, of the documented shape.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Who asks: LMS user id, and what their tokens say besides.
fn roles() -> [(&'static str, i64, Value); 5] {
    let restricted = json!({ "is_restricted": true, "scopes": ["learning_paths:read", "learning_paths:write"],
        "filters": ["content_org:OpenedX"] });
    [
        ("administrator", 1, json!({ "administrator": true })),
        ("path manager", 2, json!({ "roles": ["learning_path_admin:OpenedX"] })),
        ("auditor", 3, json!({ "roles": ["learning_path_auditor:*"] })),
        ("learner", 4, json!({})),
        ("restricted application", 5, restricted),
    ]
}

fn st(python: &Path, service: &Service, authorization: Option<&str>) -> anyhow::Result<()> {
    let mut st = Command::new(python.with_file_name("st"));
    st.args(["run", &format!("{}/openapi.json", service.url), "--checks", CHECKS]).args([
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "10",
        "--seed",
        "1",
        "--no-color",
    ]);
    if let Some(authorization) = authorization {
        st.args(["--header", &format!("Authorization: {authorization}")]);
    }
    let hooks = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis");
    st.env("PYTHONPATH", hooks)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "forms_of_rows");
    let output = st.current_dir(env::temp_dir()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        text.contains("Test cases:"),
        "it did not run: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    ensure!(output.status.success(), "{text}");
    Ok(())
}

/// A path with a published run and a draft, for the documents' examples.
async fn author(admin: &Service, token: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::new();
    let run = "path-v1:OpenedX+DATA+2026+open";
    let definition = json!({ "items": [{ "id": "sql", "key": "course-v1:OpenedX+SQL101+2026", "title": "SQL" }],
        "requirement": { "item": "sql" } });
    let send = async |request: reqwest::RequestBuilder, body: &Value| {
        let request = request
            .header("authorization", format!("JWT {token}"))
            .header("content-type", "application/json");
        anyhow::Ok(request.body(body.to_string()).send().await?.error_for_status()?)
    };
    let at = |place: &str| format!("{}/api/v1/{place}", admin.url);
    let path = json!({ "org": "OpenedX", "number": "DATA", "title": "Data analyst" });
    send(client.post(at("paths")), &path).await?;
    send(client.post(at("runs")), &json!({ "run_key": run })).await?;
    for publish in [true, false] {
        let put = client.put(at(&format!("runs/{run}/draft"))).header("if-none-match", "*");
        let draft = send(put, &json!({ "definition": definition })).await?;
        if publish {
            let etag = draft.headers()["etag"].clone();
            send(client.post(at(&format!("runs/{run}/publish"))).header("if-match", etag), &json!({}))
                .await?;
        }
    }
    Ok(())
}

/// Rows 75, 84.
#[tokio::test(flavor = "multi_thread")]
async fn fault_75_every_answer_is_as_the_documents_say() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let python =
        PathBuf::from(env::var_os("LP_SCHEMATHESIS_PYTHON").context("LP_SCHEMATHESIS_PYTHON").unwrap());
    let keys = jwk_set(&[TestKey::First]);
    let keys = [
        ("LP_JWT_PUBLIC_KEYS", &*keys),
        ("LP_JWT_ISSUER", ISSUER),
        ("LP_JWT_AUDIENCE", AUDIENCE),
        ("LP_CREDENTIALS_URL", "https://credentials.example.org"),
        ("LP_CREDENTIALS_SECRET", "a secret that stays the same for good"),
    ];
    let mut services = vec![];
    for name in ["admin", "query", "credentials", "plugin"] {
        let service = stack.serve(name, &keys).unwrap();
        service.until_ready().await.unwrap();
        services.push((name, service));
    }
    author(&services[0].1, &token(1, &json!({ "administrator": true }))).await.unwrap();
    for (name, service) in &services {
        for (role, user_id, more) in roles() {
            let authorization = format!("JWT {}", token(user_id, &more));
            st(&python, service, Some(&authorization)).with_context(|| format!("{name} as {role}")).unwrap();
        }
        st(&python, service, None).with_context(|| format!("{name} as nobody")).unwrap();
    }
}
