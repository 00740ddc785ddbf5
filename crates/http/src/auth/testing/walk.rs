//! Every operation of a service, asked by everybody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, header};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;

use super::{IDENTITY_WORKER, OPERATOR, claims, cookies, service_token, token};

/// Who asks. The learner asked about is 42, the organisation `Org`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Nobody: without a token.
    Nobody,
    /// Learner 42.
    Learner,
    /// Another learner.
    OtherLearner,
    /// A manager of paths of `Org`.
    Manager,
    /// A manager of paths of another organisation.
    OtherManager,
    /// An administrator of the platform.
    Administrator,
    /// Who reads all.
    Auditor,
    /// The operator's own token.
    Operator,
    /// A restricted application that may read in `Org`.
    Reader,
    /// A restricted application that may write in `Org`.
    Writer,
    /// A restricted application that may read and write in another organisation.
    OtherService,
    /// A restricted application of `Org` without a scope of ours.
    Unscoped,
    /// A token with a filter that nobody understands.
    NotUnderstood,
    /// The LMS's worker that retires and renames learners, by a service's token without a user id.
    IdentityWorker,
    /// An administrator's cookies, sent by a page that has no CSRF token.
    Cookie,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 15] = [
        Self::Nobody,
        Self::Learner,
        Self::OtherLearner,
        Self::Manager,
        Self::OtherManager,
        Self::Administrator,
        Self::Auditor,
        Self::Operator,
        Self::Reader,
        Self::Writer,
        Self::OtherService,
        Self::Unscoped,
        Self::NotUnderstood,
        Self::IdentityWorker,
        Self::Cookie,
    ];

    /// A request with what they show.
    #[must_use]
    pub fn request(self, method: &str, uri: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(uri);
        let jwt = |user_id, more: Value| format!("JWT {}", token(user_id, &more));
        let service = |scopes: &[&str], org: &str| {
            let filters = [format!("content_org:{org}")];
            jwt(
                9,
                json!({ "is_restricted": true, "administrator": true, "scopes": scopes, "filters": filters }),
            )
        };
        let (read, write) = ("learning_paths:read", "learning_paths:write");
        let authorization = match self {
            Self::Nobody => return request,
            Self::Cookie => {
                let token = token(1, &json!({ "administrator": true }));
                return request.header(header::COOKIE, cookies(&token));
            }
            Self::Learner => jwt(42, json!({})),
            Self::OtherLearner => jwt(43, json!({})),
            Self::Manager => jwt(2, json!({ "roles": ["learning_path_admin:Org"] })),
            Self::OtherManager => jwt(3, json!({ "roles": ["learning_path_admin:Other", "other:Org"] })),
            Self::Administrator => jwt(1, json!({ "administrator": true })),
            Self::Auditor => jwt(4, json!({ "roles": ["learning_path_auditor:*"] })),
            Self::Operator => format!("Bearer {OPERATOR}"),
            Self::Reader => service(&[read], "Org"),
            Self::Writer => service(&[write], "Org"),
            Self::OtherService => service(&[read, write], "Other"),
            Self::Unscoped => service(&["read", "write"], "Org"),
            Self::NotUnderstood => jwt(1, json!({ "administrator": true, "filters": ["content_org:Org:x"] })),
            Self::IdentityWorker => {
                let claims = claims(5, &json!({ "preferred_username": IDENTITY_WORKER, "user_id": null }));
                format!("JWT {}", service_token(&claims))
            }
        };
        request.header(header::AUTHORIZATION, authorization)
    }
}

/// One operation and who may do it; everybody else is answered 403, and [`Who::Nobody`] 401.
#[derive(Debug, Clone)]
pub struct Row {
    /// As the OpenAPI document names it: `GET /api/v1/runs`.
    pub operation: &'static str,
    /// The address that is asked.
    pub uri: String,
    /// The body that is sent.
    pub body: Option<Value>,
    /// Who is let in; what they are then answered is not looked at.
    pub allowed: Vec<Who>,
}

/// What came of asking everybody.
#[derive(Debug, Default)]
pub struct Walked {
    /// What is not as the rows say: also an operation without a row, and a schema that the document names and has not.
    pub wrong: Vec<String>,
    /// By operation, and by who is shown the same: the properties of what they are answered, if it is a success. To be held
    /// against a list of what may be shown.
    pub shown: BTreeMap<&'static str, BTreeMap<String, Vec<Who>>>,
}

/// Asks every operation of the document as everybody.
///
/// # Errors
/// When a request cannot be made, or an answer breaks off.
pub async fn walk(router: &Router, document: &OpenApi, rows: &[Row]) -> anyhow::Result<Walked> {
    let document = serde_json::to_value(document)?;
    let mut walked = Walked { wrong: dangling(&document, &document), ..Walked::default() };
    let mut operations = operations(&document);
    for row in rows {
        let method = row.operation.split(' ').next().unwrap_or_default();
        if !operations.remove(row.operation) {
            walked.wrong.push(format!("{}: not in the document", row.operation));
        }
        for who in Who::ALL {
            let request = who.request(method, &row.uri);
            let request = match &row.body {
                Some(body) => request
                    .header(header::CONTENT_TYPE, "application/json")
                    .body(Body::from(body.to_string()))?,
                None => request.body(Body::empty())?,
            };
            let answer = router.clone().oneshot(request).await?;
            let status = answer.status().as_u16();
            let as_it_must_be = match who {
                Who::Nobody => status == 401,
                _ if row.allowed.contains(&who) => status < 500 && status != 401 && status != 403,
                _ => status == 403,
            };
            if !as_it_must_be {
                walked.wrong.push(format!("{} as {who:?}: {status}", row.operation));
            }
            if answer.status().is_success() {
                let is_stream = answer
                    .headers()
                    .get(header::CONTENT_TYPE)
                    .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
                let body = if is_stream {
                    first_event(answer.into_body()).await?
                } else {
                    to_bytes(answer.into_body(), usize::MAX).await?
                };
                let by_what = walked.shown.entry(row.operation).or_default();
                by_what.entry(properties(&body)).or_default().push(who);
            }
        }
    }
    walked.wrong.extend(operations.into_iter().map(|operation| format!("{operation}: no row")));
    Ok(walked)
}

/// The data of the first event of a stream, which never ends by itself.
async fn first_event(body: Body) -> anyhow::Result<Bytes> {
    let mut chunks = body.into_data_stream();
    let mut text = String::new();
    let event = async {
        while let Some(chunk) = chunks.next().await {
            text.push_str(std::str::from_utf8(&chunk?)?);
            let data = text.lines().find_map(|line| line.strip_prefix("data: "));
            if let Some(data) = data {
                return Ok(Bytes::copy_from_slice(data.as_bytes()));
            }
        }
        anyhow::bail!("a stream ended without an event")
    };
    tokio::time::timeout(Duration::from_secs(30), event).await?
}

/// The properties of what is JSON, or lines of it, as pointers in which `*` stands for any place in a list; of anything else its
/// first line, which names a table's columns.
fn properties(body: &[u8]) -> String {
    let mut all = BTreeSet::new();
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let values: serde_json::Result<Vec<Value>> = match serde_json::from_slice(body) {
        Ok(value) => Ok(vec![value]),
        Err(_) => lines.iter().map(|line| serde_json::from_slice(line)).collect(),
    };
    match values {
        Ok(values) => values.iter().for_each(|value| below(value, "", &mut all)),
        Err(_) => all.extend(lines.first().map(|line| String::from_utf8_lossy(line).into_owned())),
    }
    all.into_iter().collect::<Vec<_>>().join(" ")
}

fn below(value: &Value, at: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = format!("{at}/{name}");
                below(value, &at, all);
                all.insert(at);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| below(value, &format!("{at}/*"), all)),
        _ => {}
    }
}

/// References below `value` to what `document` has not.
fn dangling(document: &Value, value: &Value) -> Vec<String> {
    let below = match value {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(values) => values.iter().collect(),
        _ => Vec::new(),
    };
    let named = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    let missing = named.filter(|pointer| document.pointer(pointer).is_none());
    let own = missing.map(|pointer| format!("{pointer}: named, but not there"));
    own.into_iter().chain(below.into_iter().flat_map(|value| dangling(document, value))).collect()
}

fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    let methods = ["get", "put", "post", "patch", "delete"];
    paths
        .iter()
        .flat_map(|(path, item)| {
            let named = methods.iter().filter(|method| item.get(**method).is_some());
            named.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}
