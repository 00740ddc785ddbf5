//! What there is, and those who ask for it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt as _;
use lp_domain::{
    ContextFacts, ContextKey, Definition, Fact, FactValue, LearnerId, PathDetails, PathId, Ratio, RunKey,
    RunPolicy, Timestamp,
};
use lp_http::auth::testing::{auth, token};
use lp_http::{Checks, Limits};
use lp_lms_client::Lms;
use lp_plugin_api::http::{PluginState, router};
use lp_progress_store::ClaimKey;
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_runtime::grants_in;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const PREFIX: &str = "/api/learning_paths/v1/";
pub(crate) const PUB: &str = "path-v1:OX+PUB+2026+a";
pub(crate) const INV: &str = "path-v1:OX+INV+2026+a";
pub(crate) const EMPTY: &str = "path-v1:OX+EMPTY+2026+a";
pub(crate) const DOTTED: &str = "path-v1:O.X+D.1+2026.1+a";
pub(crate) const NO_CRITERIA: &str = "path-v1:OX+NOCRIT+2026+a";
pub(crate) const ODD: &str = "path-v1:O X+a/b?#%c d+2026+🦀";
pub(crate) const COURSES: [&str; 3] =
    ["course-v1:OX+C1+2026", "course-v1:OX+C2+2026", "course-v1:OX+C3+2026"];

/// How far somebody is in a course: completion, grade.
pub(crate) type Done = (&'static str, Option<f64>, Option<f64>);

/// A path, as both the plugin and we have it.
#[expect(clippy::struct_excessive_bools, reason = "each says whether the plugin has something")]
pub(crate) struct Seed {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) invite_only: bool,
    pub(crate) sequential: bool,
    pub(crate) steps: &'static [(&'static str, f64)],
    pub(crate) skills: bool,
    pub(crate) criteria: bool,
}

/// In the order of their numbers.
pub(crate) const PATHS: [Seed; 6] = [
    Seed {
        key: PUB,
        title: "Public",
        invite_only: false,
        sequential: true,
        steps: &[(COURSES[0], 1.0), (COURSES[1], 0.5), (COURSES[2], 1.0)],
        skills: true,
        criteria: true,
    },
    Seed { key: INV, title: "Invited", invite_only: true, steps: &[(COURSES[0], 1.0)], ..PLAIN },
    Seed { key: EMPTY, title: "Empty", ..PLAIN },
    Seed { key: DOTTED, title: "Dotted", steps: &[(COURSES[1], 1.0)], ..PLAIN },
    Seed {
        key: NO_CRITERIA,
        title: "Without criteria",
        criteria: false,
        steps: &[(COURSES[0], 1.0)],
        ..PLAIN
    },
    Seed { key: ODD, title: "Odd", steps: &[(COURSES[0], 2.0)], ..PLAIN },
];

const PLAIN: Seed = Seed {
    key: "",
    title: "",
    invite_only: false,
    sequential: false,
    steps: &[],
    skills: false,
    criteria: true,
};

/// Dates of courses; of the third nothing is known.
pub(crate) const DATES: [(&str, &str, Option<&str>); 2] = [
    (COURSES[0], "2026-01-01T00:00:00Z", Some("2026-06-30T23:59:59.123456Z")),
    (COURSES[1], "2026-02-01T00:00:00Z", None),
];

/// How far ann is.
pub(crate) const ANN: [Done; 2] = [(COURSES[0], Some(0.75), Some(0.9)), (COURSES[1], None, Some(0.6))];

pub(crate) fn uuid(number: usize) -> String {
    format!("11111111-1111-4111-8111-{number:012}")
}

/// Users of the LMS, by their ids from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    Nobody,
    Staff,
    Root,
    Ann,
    Bob,
    /// Manages paths of `OX`.
    Manager,
    /// Sees all.
    Auditor,
    /// Manages paths of `ox`, which is another organisation.
    TwinManager,
}

impl User {
    pub(crate) const AT_THE_PLUGIN: [Self; 4] = [Self::Staff, Self::Root, Self::Ann, Self::Bob];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "",
            Self::Staff => "staff",
            Self::Root => "root",
            Self::Ann => "ann",
            Self::Bob => "bob",
            Self::Manager => "manager",
            Self::Auditor => "auditor",
            Self::TwinManager => "twin",
        }
    }

    fn token(self) -> Option<String> {
        let (id, mut more) = match self {
            Self::Nobody => return None,
            Self::Staff => (1, json!({ "administrator": true })),
            Self::Root => (2, json!({ "superuser": true })),
            Self::Ann => (3, json!({})),
            Self::Bob => (4, json!({})),
            Self::Manager => (5, json!({ "roles": ["learning_path_admin:OX"] })),
            Self::Auditor => (6, json!({ "roles": ["learning_path_auditor:*"] })),
            Self::TwinManager => (7, json!({ "roles": ["learning_path_admin:ox"] })),
        };
        more["preferred_username"] = self.name().into();
        Some(token(id, &more))
    }
}

/// Paths with their numbers, courses, users, and what ann did.
pub(crate) async fn seed(pool: &PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    let by = By::command("test");
    for (place, seed) in PATHS.iter().enumerate() {
        let key = RunKey::parse(seed.key).unwrap();
        let names = |name: &str| if seed.skills { vec![name.to_owned()] } else { Vec::new() };
        let details = PathDetails {
            subtitle: if seed.skills { "sub".into() } else { String::new() },
            invite_only: seed.invite_only,
            skills_required: names("SQL"),
            skills_acquired: names("Rust"),
            ..PathDetails::default()
        };
        let path = Path { id: PathId::from(&key), title: seed.title.into(), details };
        put_path(&mut conn, &by, &path).await.unwrap();
        put_run(&mut conn, &by, &key, &RunPolicy::default(), &definition(seed)).await.unwrap();
        let (completion, grade) = if seed.criteria { (Some(0.8), Some(0.75)) } else { (None, None) };
        sqlx::query(
            "INSERT INTO plugin_paths (plugin_path_id, run_id, uuid, required_completion, required_grade)
             SELECT $1, run_id, $2::uuid, $3, $4 FROM runs WHERE run_key = $5",
        )
        .bind(i64::try_from(place).unwrap() + 1)
        .bind(uuid(place + 1))
        .bind(completion)
        .bind(grade)
        .bind(seed.key)
        .execute(&mut *conn)
        .await
        .unwrap();
    }
    sqlx::query("SELECT setval('plugin_paths_plugin_path_id_seq', max(plugin_path_id)) FROM plugin_paths")
        .execute(&mut *conn)
        .await
        .unwrap();
    for (course, start, end) in DATES {
        sqlx::query(
            "INSERT INTO contexts (context_key, title, starts_at, ends_at, told_at, event_id)
             VALUES ($1, 'A course', $2::timestamptz, $3::timestamptz, now(), gen_random_uuid())",
        )
        .bind(course)
        .bind(start)
        .bind(end)
        .execute(&mut *conn)
        .await
        .unwrap();
    }
    for (place, user) in User::AT_THE_PLUGIN.into_iter().enumerate() {
        sqlx::query(
            "INSERT INTO learner_profiles (learner_id, username, email, full_name, is_active, told_at, event_id)
             VALUES ($1, $2, $2 || '@x.org', '', true, now(), gen_random_uuid())",
        )
        .bind(i64::try_from(place).unwrap() + 1)
        .bind(user.name())
        .execute(&mut *conn)
        .await
        .unwrap();
    }
    for (course, completion, grade) in ANN {
        know(pool, 3, course, completion, grade).await;
    }
}

/// Lets it be known how far a learner is.
pub(crate) async fn know(
    pool: &PgPool,
    learner: i64,
    course: &str,
    completion: Option<f64>,
    grade: Option<f64>,
) {
    let ratio = |value: f64| Ratio::try_from(value).unwrap();
    let values = [
        completion.map(|value| FactValue::Completion { completion: ratio(value) }),
        grade.map(|value| FactValue::Grade { grade: ratio(value) }),
    ];
    let mut facts = ContextFacts::default();
    for value in values.into_iter().flatten() {
        facts.apply(&Fact {
            learner: LearnerId::try_from(learner).unwrap(),
            context: ContextKey::parse(course).unwrap(),
            at: Timestamp::try_from(chrono::Utc::now()).unwrap(),
            id: Uuid::new_v4(),
            value,
        });
    }
    sqlx::query("INSERT INTO facts (learner_id, context_key, state) VALUES ($1, $2, $3)")
        .bind(learner)
        .bind(course)
        .bind(sqlx::types::Json(facts))
        .execute(pool)
        .await
        .unwrap();
}

fn definition(seed: &Seed) -> Definition {
    // Something has to be required; what is no course is no step.
    let steps: Vec<(&str, f64)> = match seed.steps {
        [] => vec![("block-v1:OX+C1+2026+type@problem+block@p", 1.0)],
        steps => steps.to_vec(),
    };
    let items: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(n, (key, weight))| json!({ "id": format!("i{n}"), "key": key, "title": "An item", "weight": weight }))
        .collect();
    let leaves: Vec<Value> = (0..items.len()).map(|n| json!({ "item": format!("i{n}") })).collect();
    let requirement =
        if seed.sequential { json!({ "in_order": leaves }) } else { json!({ "all_of": leaves }) };
    serde_json::from_value(json!({ "items": items, "requirement": requirement })).unwrap()
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Null where there is none.
    pub(crate) fn json(&self) -> Value {
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).unwrap() }
    }

    /// That it is of this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// That it is of this status and says this.
    #[track_caller]
    pub(crate) fn says(self, status: u16, detail: &str) {
        let answer = self.is(status).json();
        assert_eq!(answer, json!({ "detail": detail }));
    }
}

/// The service, asked by anybody.
#[derive(Clone)]
pub(crate) struct Service(pub(crate) Router);

impl Service {
    /// With all that it may have but an LMS.
    pub(crate) fn new(pool: &PgPool) -> Self {
        Self::of(pool, Some(ClaimKey::new("a secret that all services share".into())), None)
    }

    pub(crate) fn of(pool: &PgPool, claims: Option<ClaimKey>, lms: Option<Lms>) -> Self {
        let auth = auth().unwrap().with_grants(grants_in(pool.clone()));
        let state = PluginState::new(pool.clone(), claims, lms);
        Self(router(state, Checks::new(), Arc::new(String::new), auth, Limits::default()))
    }

    /// Sends a request below the prefix; `uri` is as it goes over the wire.
    pub(crate) async fn send(&self, who: User, method: &str, uri: &str, kind: &str, body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{PREFIX}{uri}"))
            .header(header::HOST, "testserver");
        if let Some(token) = who.token() {
            request = request.header(header::AUTHORIZATION, format!("JWT {token}"));
        }
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.0.clone().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, who: User, uri: &str) -> Answer {
        self.send(who, "GET", uri, "", "").await
    }

    /// Without a body, as the MFE does.
    pub(crate) async fn post(&self, who: User, uri: &str) -> Answer {
        self.send(who, "POST", uri, "", "").await
    }

    pub(crate) async fn json(&self, who: User, method: &str, uri: &str, body: &Value) -> Answer {
        self.send(who, method, uri, "application/json", &body.to_string()).await
    }
}
