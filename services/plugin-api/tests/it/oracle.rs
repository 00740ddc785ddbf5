//! The plugin itself and we, asked the same: every answer is equal, or stands in docs/plugin-compatibility.md.
//!
//! Only where `LP_PLUGIN_PYTHON` names a Python that has `tests/oracle/requirements.txt`.

use std::env;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lp_http::auth::testing::{TestKey, jwk_set};
use lp_progress_store::ClaimKey;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::courses::lms;
use crate::support::{
    ANN, COURSES, DATES, DOTTED, Done, EMPTY, INV, NO_CRITERIA, PATHS, PREFIX, PUB, Service, User, seed, uuid,
};

const UNKNOWN: &str = "path-v1:OX+NONE+2026+a";
const ODD: &str = "path-v1:O%20X+a/b%3F%23%25c%20d+2026+%F0%9F%A6%80";
const BULK: &str = "enrollments/bulk-enroll/";
const FORM: &str = "application/x-www-form-urlencoded";

/// The plugin in a process of its own.
struct Plugin {
    process: Child,
    asked: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Plugin {
    fn start(python: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/answer.py");
        let mut process = Command::new(python)
            .arg(script)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap()).lines();
        let asked = process.stdin.take().unwrap();
        let mut plugin = Self { process, asked, answers };
        plugin.tell(&world());
        plugin
    }

    fn tell(&mut self, line: &Value) {
        writeln!(self.asked, "{line}").unwrap();
        self.asked.flush().unwrap();
    }

    /// The status, the body as JSON or null, and the headers that are compared.
    fn ask(&mut self, ask: &Ask) -> Said {
        self.tell(&json!({
            "who": ask.who.name(), "method": ask.method, "path": format!("{PREFIX}{}", ask.uri), "headers": {},
            "body": ask.body, "content_type": if ask.kind.is_empty() { "application/octet-stream" } else { ask.kind },
        }));
        let answer: Value = serde_json::from_str(&self.answers.next().unwrap().unwrap()).unwrap();
        let text = |name: &str| answer[name].as_str().map(ToOwned::to_owned);
        Said {
            status: answer["status"].as_u64().unwrap(),
            body: normal(&answer["body"]),
            location: text("location"),
            www_authenticate: text("www_authenticate"),
        }
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the plugin is to have: what [`seed`] gives us.
fn world() -> Value {
    let users = (1..).zip(User::AT_THE_PLUGIN).map(|(id, user)| {
        json!({ "id": id, "username": user.name(), "email": format!("{}@x.org", user.name()),
                "is_staff": user == User::Staff, "is_superuser": user == User::Root })
    });
    let paths = PATHS.iter().enumerate().map(|(place, seed)| {
        let texts = if seed.skills { json!({ "subtitle": "sub" }) } else { json!({}) };
        let skill = |name: &str| if seed.skills { json!([name]) } else { json!([]) };
        json!({
            "id": place + 1, "uuid": uuid(place + 1), "key": seed.key, "title": seed.title, "texts": texts,
            "sequential": seed.sequential, "invite_only": seed.invite_only, "steps": seed.steps,
            "required": skill("SQL"), "acquired": skill("Rust"), "no_criteria": !seed.criteria,
        })
    });
    let dates = DATES.map(|(course, start, end)| (course.to_owned(), json!([start, end])));
    let known = |which: fn(&Done) -> Option<f64>| {
        let of_ann = ANN.iter().filter_map(|one| Some((format!("ann {}", one.0), json!(which(one)?))));
        of_ann.collect::<serde_json::Map<String, Value>>()
    };
    json!({
        "users": users.collect::<Vec<_>>(), "paths": paths.collect::<Vec<_>>(),
        "dates": dates.into_iter().collect::<serde_json::Map<String, Value>>(),
        "completions": known(|one| one.1), "grades": known(|one| one.2), "refused": [COURSES[1]],
        "jwk_set": jwk_set(&[TestKey::First]),
    })
}

/// What was answered, as far as it is compared.
#[derive(Debug, PartialEq)]
struct Said {
    status: u64,
    body: Value,
    location: Option<String>,
    www_authenticate: Option<String>,
}

/// Instants of the run itself are equal when both are instants.
fn normal(body: &Value) -> Value {
    match body {
        Value::Array(all) => {
            let mut all: Vec<Value> = all.iter().map(normal).collect();
            // The plugin has enrolments in no order.
            all.sort_by_key(|one| (one["user"].as_i64(), one["learning_path"].as_i64()));
            Value::Array(all)
        }
        Value::Object(fields) => {
            let one = |(name, value): (&String, &Value)| {
                let is_date = matches!(name.as_str(), "created" | "enrollment_date");
                let value = value.as_str().filter(|_| is_date).map_or_else(|| normal(value), shape);
                (name.clone(), value)
            };
            fields.iter().map(one).collect()
        }
        other => other.clone(),
    }
}

/// Its digits all alike.
fn shape(date: &str) -> Value {
    date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>().into()
}

/// A request, and the heading under which it is told that the answers differ, with our status.
struct Ask {
    who: User,
    method: &'static str,
    uri: String,
    kind: &'static str,
    body: String,
    differs: Option<(&'static str, u64)>,
}

fn ask(who: User, method: &'static str, uri: impl Into<String>) -> Ask {
    Ask { who, method, uri: uri.into(), kind: "", body: String::new(), differs: None }
}

fn get(who: User, uri: impl Into<String>) -> Ask {
    ask(who, "GET", uri)
}

impl Ask {
    fn json(self, body: &Value) -> Self {
        Self { kind: "application/json", body: body.to_string(), ..self }
    }

    fn body(self, kind: &'static str, body: &str) -> Self {
        Self { kind, body: body.to_owned(), ..self }
    }

    fn differs(self, heading: &'static str, ours: u64) -> Self {
        Self { differs: Some((heading, ours)), ..self }
    }
}

/// What everybody reads alike.
fn reading() -> Vec<Ask> {
    let mut all = Vec::new();
    for who in [User::Nobody, User::Staff, User::Ann, User::Bob] {
        for uri in [
            "learning-paths/".to_owned(),
            "learning-paths/?page=1&page_size=1&x=y".into(),
            "learning-paths/?page=2".into(),
            "learning-paths/?page=last".into(),
            "learning-paths/?page=x".into(),
            "learning-paths/?page=".into(),
            "programs/".into(),
            "programs/1/".into(),
            "programs/2/".into(),
            "programs/99/".into(),
            "programs/x/".into(),
            "enrollments/".into(),
            "enrollments/?page_size=1&page=2&z=1&a=2".into(),
            "enrollments/?page_size=0&page=1".into(),
            "enrollments/?page_size=1000".into(),
        ] {
            all.push(get(who, uri));
        }
        for key in [PUB, INV, EMPTY, UNKNOWN, "path-v1%3AOX%2BPUB%2B2026%2Ba", "path-v1:ox+pub+2026+A"] {
            all.push(get(who, format!("learning-paths/{key}/")));
            for below in ["progress/", "grade/", "enrollments/"] {
                all.push(get(who, format!("{key}/{below}")));
            }
        }
        for below in ["progress/", "grade/", "enrollments/"] {
            all.push(get(who, format!("{DOTTED}/{below}")));
            all.push(get(who, format!("{ODD}/{below}")));
        }
        all.push(get(who, format!("learning-paths/{PUB}/progress/")));
        all.push(get(who, format!("{PUB}/progress/?username=bob")));
        for username in ["ann", "ANN", "nobody", ""] {
            all.push(get(who, format!("{PUB}/enrollments/?username={username}")));
        }
        for uri in ["learning-paths", "enrollments?page=2", "programs/1", BULK.trim_end_matches('/')] {
            all.push(get(who, uri));
        }
        for method in ["HEAD", "DELETE"] {
            let asked = ask(who, method, "learning-paths/");
            let early = who == User::Nobody && method == "DELETE";
            all.push(if early { asked.differs(METHODS, 405) } else { asked });
        }
    }
    for key in ["garbage", "path-v1:a+b+c", "path-v1:a+b+c+d+e", "course-v1:a+b+c"] {
        all.push(get(User::Ann, format!("learning-paths/{key}/")));
    }
    all
}

const USERNAMES: &str = "Usernames are compared without case";
const METHODS: &str = "A wrong method is told before the caller is asked";
const ADDRESSES: &str = "Addresses that the plugin does not route, or routes by chance";
const CRITERIA: &str = "Criteria that nobody stated";
const SUPERUSERS: &str = "Superusers are staff";
const SKIPPED: &str = "Bulk enrolment says what it skipped";
const TRIMMED: &str = "Bulk enrolment trims, and compares without case";
const BODIES: &str = "Bodies that cannot be read";
const OTHERS: &str = "Nobody is enrolled in another's place";
const ORDERED: &str = "Enrolments come by learner";
const OPTIONS: &str = "`OPTIONS` describes less";

/// What is answered otherwise, without anything being written.
fn otherwise() -> Vec<Ask> {
    let user = |name: &str| json!({ "username": name });
    vec![
        get(User::Ann, format!("learning-paths/{DOTTED}/")).differs(ADDRESSES, 200),
        get(User::Ann, format!("learning-paths/{ODD}/")).differs(ADDRESSES, 200),
        get(User::Ann, format!("x/y/{PUB}/progress/")).differs(ADDRESSES, 404),
        get(User::Ann, format!("{PUB}/progress/tail/")).differs(ADDRESSES, 404),
        get(User::Ann, "path-v1:a+b+c/progress/").differs(ADDRESSES, 404),
        get(User::Ann, format!("{NO_CRITERIA}/progress/")).differs(CRITERIA, 200),
        get(User::Ann, format!("{NO_CRITERIA}/grade/")).differs(CRITERIA, 200),
        get(User::Root, format!("learning-paths/{INV}/")).differs(SUPERUSERS, 200),
        ask(User::Root, "POST", BULK).differs(SUPERUSERS, 201),
        ask(User::Ann, "OPTIONS", "learning-paths/").differs(OPTIONS, 200),
        ask(User::Ann, "POST", format!("{PUB}/enrollments/"))
            .body("application/json", "{")
            .differs(BODIES, 400),
        ask(User::Ann, "POST", format!("{PUB}/enrollments/"))
            .body("application/json", "[]")
            .differs(BODIES, 400),
        ask(User::Staff, "POST", format!("{PUB}/enrollments/"))
            .json(&json!({ "username": ["x"] }))
            .differs(BODIES, 400),
        ask(User::Staff, "POST", BULK)
            .json(&json!({ "emails": ["x"], "learning_paths": [PUB] }))
            .differs(BODIES, 400),
        ask(User::Ann, "POST", format!("{PUB}/enrollments/"))
            .body(
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nbob\r\n--x--\r\n",
            )
            .differs(BODIES, 415),
        ask(User::Staff, "POST", BULK).json(&json!({})).differs(SKIPPED, 201),
        get(User::Staff, BULK),
        ask(User::Ann, "POST", BULK).json(&json!({})),
        ask(User::Ann, "POST", format!("{PUB}/enrollments/")).body("text/plain", "x"),
        ask(User::Ann, "POST", format!("{UNKNOWN}/enrollments/")).json(&user("bob")),
        ask(User::Staff, "POST", format!("{UNKNOWN}/enrollments/")).json(&user("nobody")),
    ]
}

/// What is written, step by step.
fn writing() -> Vec<Ask> {
    let user = |name: &str| json!({ "username": name });
    let of = |key: &str| format!("{key}/enrollments/");
    let into = |course: &str| format!("{PUB}/enrollments/{course}/");
    let bulk = |keys: &[&str], emails: &str| json!({ "learning_paths": keys.join(","), "emails": emails });
    let mut all = vec![
        ask(User::Nobody, "POST", of(PUB)),
        ask(User::Ann, "POST", into(COURSES[0])),
        ask(User::Ann, "POST", PUB.to_owned() + "/enrollments"),
        ask(User::Ann, "POST", of(PUB)),
        ask(User::Ann, "POST", of(PUB)),
        ask(User::Ann, "POST", of(INV)),
        ask(User::Ann, "POST", of(UNKNOWN)),
        ask(User::Ann, "POST", of(EMPTY)).json(&user("ann")),
        ask(User::Ann, "POST", of(DOTTED)).body(FORM, "username=ann"),
        ask(User::Ann, "POST", of(ODD)),
        ask(User::Ann, "POST", into(COURSES[0])),
        ask(User::Ann, "POST", into(COURSES[0])),
        ask(User::Ann, "POST", into(COURSES[1])),
        ask(User::Ann, "POST", into("course-v1:OX+OTHER+2026")),
        ask(User::Ann, "POST", into(COURSES[0])).json(&user("bob")),
        ask(User::Bob, "POST", into(COURSES[0])),
        ask(User::Staff, "POST", into(COURSES[0])),
        ask(User::Ann, "DELETE", of(PUB)),
        ask(User::Ann, "DELETE", of(PUB)),
        ask(User::Ann, "POST", of(PUB)),
        ask(User::Staff, "POST", of(INV)).json(&user("ann")),
        ask(User::Staff, "POST", of(INV)).json(&user("nobody")),
        ask(User::Staff, "POST", of(INV)).json(&user("")),
        ask(User::Staff, "POST", of(PUB) + "?username=bob"),
        ask(User::Staff, "POST", into(COURSES[0])).json(&user("bob")).differs(OTHERS, 403),
        get(User::Staff, of(PUB)),
        get(User::Staff, of(PUB) + "?username=ANN").differs(USERNAMES, 200),
        get(User::Ann, of(INV)),
        ask(User::Staff, "DELETE", of(INV)).json(&user("ann")),
        ask(User::Staff, "DELETE", of(INV)).json(&user("ann")),
        ask(User::Staff, "DELETE", of(INV)).json(&user("nobody")),
        ask(User::Ann, "POST", of(INV)),
        ask(User::Bob, "DELETE", of(PUB)),
        ask(User::Bob, "DELETE", of(PUB)).body(FORM, "username=ann"),
        ask(User::Staff, "POST", BULK)
            .json(&bulk(&[PUB, INV], "ann@x.org,bob@x.org,new@x.org,new@x.org"))
            .differs(SKIPPED, 201),
        ask(User::Staff, "POST", BULK).json(&bulk(&[UNKNOWN, "x"], "ann@x.org,,no")).differs(SKIPPED, 201),
        ask(User::Staff, "DELETE", BULK).json(&bulk(&[PUB, EMPTY], "bob@x.org,new@x.org")),
        get(User::Staff, of(EMPTY)),
    ];
    for who in [User::Staff, User::Ann, User::Bob] {
        for uri in ["learning-paths/", "enrollments/", "programs/"] {
            all.push(get(who, uri));
        }
    }
    all.push(get(User::Staff, "enrollments/?page_size=2&page=2").differs(ORDERED, 200));
    let spaced = bulk(&[EMPTY], "x@x.org, bob@x.org");
    all.push(ask(User::Staff, "POST", BULK).json(&spaced).differs(TRIMMED, 201));
    all.push(get(User::Staff, of(EMPTY)).differs(TRIMMED, 200));
    all
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn every_answer_is_the_plugins_or_stands_in_the_list_of_differences(pool: PgPool) {
    let Ok(python) = env::var("LP_PLUGIN_PYTHON") else { return };
    seed(&pool).await;
    let (_lms, client) = lms().await;
    let service =
        Service::of(&pool, Some(ClaimKey::new("a secret that all services share".into())), Some(client));
    let mut plugin = Plugin::start(&python);
    let told = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plugin-compatibility.md"),
    )
    .unwrap();
    let (mut wrong, mut met) = (Vec::new(), Vec::new());
    for (number, asked) in [reading(), otherwise(), writing()].into_iter().flatten().enumerate() {
        let theirs = plugin.ask(&asked);
        let answer = service.send(asked.who, asked.method, &asked.uri, asked.kind, &asked.body).await;
        let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let ours = Said {
            status: answer.status.into(),
            body: normal(&answer.json()),
            location: header("location"),
            www_authenticate: header("www-authenticate"),
        };
        let as_told = match asked.differs {
            None => ours == theirs,
            Some((heading, status)) => {
                met.push(heading);
                ours != theirs && ours.status == status && told.contains(&format!("\n### {heading}\n"))
            }
        };
        if !as_told {
            let Ask { who, method, uri, body, differs, .. } = asked;
            wrong.push(format!(
                "{number}: {who:?} {method} {uri} {body} {differs:?}\n  plugin {theirs:?}\n  ours   {ours:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for heading in [
        USERNAMES, METHODS, ADDRESSES, CRITERIA, SUPERUSERS, SKIPPED, TRIMMED, BODIES, OTHERS, ORDERED,
        OPTIONS,
    ] {
        assert!(met.contains(&heading), "{heading}: never asked");
    }
}
