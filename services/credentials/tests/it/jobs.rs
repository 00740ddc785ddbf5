//! Changes of many credentials.

use chrono::{TimeDelta, Utc};
use lp_credentials::issuing::{issue_some, run_jobs, sign_lists, work_on_a_job};
use lp_credentials_store::{Retirement, Tellings};
use lp_http::auth::testing::Who;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::http::{at, completed, issuer};
use crate::office::{Answer, Office, RUN};

const JOBS: &str = "/api/v1/credential-jobs";

/// With credentials of learners 101 to 100 + `n`.
async fn with_credentials(pool: PgPool, n: u8) -> (Office, Vec<String>) {
    let office = Office::open(pool).await;
    office.complete((1..=n).map(|n| completed(100 + i64::from(n), n)).collect()).await;
    assert_eq!(office.issue().await.issued, usize::from(n));
    let mut ids = vec![];
    for learner in 1..=i64::from(n) {
        ids.push(office.only(100 + learner).await);
    }
    (office, ids)
}

async fn outcomes(office: &Office, job: &Answer) -> Value {
    office.get(&job.location()).await.is(200).json()["outcomes"].clone()
}

/// The outcomes of a job's rows, in their order.
async fn rows(office: &Office, job: &Answer, query: &str) -> Vec<Value> {
    let page = office.get(&format!("{}/rows{query}", job.location())).await.is(200).json();
    page["items"].as_array().unwrap().clone()
}

async fn statuses(office: &Office) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT status, count(*) FROM credentials GROUP BY status ORDER BY status")
        .fetch_all(&office.pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn each_row_has_its_outcome_and_is_written_down_as_if_done_by_itself(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 5).await;
    let retired = Retirement { learner_id: 101, retired_at: at(1) };
    office.tell(Tellings { retirements: vec![retired], ..Tellings::default() }).await;
    let one = |at: usize, what: &str| format!("/api/v1/credentials/{}/{what}", ids[at]);
    office.post(&one(1, "revoke"), json!({ "reason": "plagiarism" })).await.is(200);
    office.post(&one(2, "suspend"), json!({ "reason": "asked about" })).await.is(200);
    let body = json!({ "action": "suspend", "reason": "asked about", "credential_ids": ids });
    let job = office.post(JOBS, body).await.is(201);
    let told = job.json();
    assert_eq!(
        [
            &told["state"],
            &told["action"],
            &told["org"],
            &told["actor"],
            &told["total_rows"],
            &told["done_rows"]
        ],
        [&json!("waiting"), &json!("suspend"), &json!("Org"), &json!("user:2"), &json!(5), &json!(0)]
    );
    assert_eq!(office.work(3).await, Some(3));
    let told = office.get(&job.location()).await.is(200).json();
    assert_eq!((&told["state"], &told["done_rows"]), (&json!("running"), &json!(3)));
    assert_eq!(office.work(3).await, Some(2));
    assert_eq!(office.work(3).await, None);
    let told = office.get(&job.location()).await.is(200).json();
    assert_eq!((&told["state"], &told["reason"]), (&json!("done"), &json!("asked about")));
    assert!(told["ended_at"].is_string());
    assert_eq!(told["outcomes"], json!({ "done": 2, "unchanged": 1, "refused": 2 }));
    let all = rows(&office, &job, "").await;
    let words: Vec<_> = all.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(words, ["refused", "refused", "unchanged", "done", "done"]);
    assert_eq!(all[0]["detail"], "the credential is withdrawn, for good");
    assert_eq!(all[1]["detail"], "the credential is revoked, for good");
    assert_eq!((&all[3]["row"], &all[3]["credential_id"]), (&json!(4), &json!(ids[3])));
    assert_eq!(rows(&office, &job, "?outcome=done").await, all[3..]);
    let page = office.get(&format!("{}/rows?limit=2", job.location())).await.is(200).json();
    let next = format!("{}/rows?limit=3&cursor={}", job.location(), page["next"].as_str().unwrap());
    assert_eq!(office.get(&next).await.is(200).json()["items"].as_array().unwrap()[..], all[2..]);
    let noted = office.noted("credential.%").await;
    let target = |at: usize| format!("credential:{}", ids[at]);
    let expected = [
        ("credential.revoked", target(1), "plagiarism"),
        ("credential.suspended", target(2), "asked about"),
        ("credential.suspended", target(3), "asked about"),
        ("credential.suspended", target(4), "asked about"),
    ];
    assert_eq!(noted, expected.map(|(what, to, why)| (what.to_owned(), to, Some(why.to_owned()))));
    let noted = office.noted("job.%").await;
    assert_eq!((noted.len(), &noted[0].0), (1, &"job.created".to_owned()));
    // For another reason it is another change.
    let again = office.post(&one(4, "suspend"), json!({ "reason": "not answered" })).await.is(200).json();
    assert_eq!(again["reason"], "not answered");
    office.issue().await;

    // What is suspended by a job is given back by one.
    let body = json!({ "action": "reinstate", "reason": "answered", "run_key": RUN, "status": "suspended" });
    let job = office.post(JOBS, body).await.is(201);
    assert_eq!(job.json()["total_rows"], 3);
    while office.work(2).await.is_some() {}
    assert_eq!(outcomes(&office, &job).await, json!({ "done": 3 }));
    office.issue().await;
    assert_eq!(
        statuses(&office).await,
        [("revoked".into(), 1), ("valid".into(), 3), ("withdrawn".into(), 1)]
    );

    let job =
        office.post(JOBS, json!({ "action": "reissue", "reason": "new logo", "run_key": RUN })).await.is(201);
    while office.work(2).await.is_some() {}
    assert_eq!(outcomes(&office, &job).await, json!({ "done": 3, "refused": 2 }));
    assert_eq!(office.issue().await.reissued, 3);
    let job =
        office.post(JOBS, json!({ "action": "revoke", "reason": "wrong", "run_key": RUN })).await.is(201);
    while office.work(2).await.is_some() {}
    assert_eq!(outcomes(&office, &job).await, json!({ "done": 3, "unchanged": 2 }));
    office.issue().await;
    assert_eq!(statuses(&office).await, [("revoked".into(), 4), ("withdrawn".into(), 1)]);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn awards_are_given_to_many(pool: PgPool) {
    let (office, _) = with_credentials(pool, 1).await;
    let retired = Retirement { learner_id: 9, retired_at: at(1) };
    office.tell(Tellings { retirements: vec![retired], ..Tellings::default() }).await;
    let rows_asked = json!([
        { "learner_id": 1, "revision": 1, "awarded_at": "2026-05-02T10:00:00Z", "grade": 0.5 },
        { "learner_id": 101, "revision": 1 },
        { "learner_id": 1, "revision": 2 },
        { "learner_id": 9, "revision": 1 },
        { "learner_id": 1, "revision": 1, "run_key": "path-v1:Org+X+R+G" },
        { "learner_id": 2, "revision": 3, "run_key": "path-v1:Org+N+R+H" },
    ]);
    let body = json!({ "action": "issue", "reason": "exams of old", "run_key": RUN, "rows": rows_asked });
    let job = office.post(JOBS, body).await.is(201);
    assert_eq!(office.work(100).await, Some(6));
    assert_eq!(outcomes(&office, &job).await, json!({ "done": 2, "refused": 4 }));
    let all = rows(&office, &job, "").await;
    let given = office.get("/api/v1/learners/1/awards").await.is(200).json()["items"][0].clone();
    assert_eq!((&all[0]["award_id"], &all[0]["learner_id"]), (&given["award_id"], &json!(1)));
    assert_eq!(
        (&given["by_hand"], &given["grade"], &given["revision"]),
        (&json!(true), &json!(0.5), &json!(1))
    );
    assert_eq!(given["completed_at"], "2026-05-02T10:00:00Z");
    for (at, why) in
        [(1, "has award"), (2, given["award_id"].as_str().unwrap()), (3, "retired"), (4, "no credential is")]
    {
        assert!(all[at]["detail"].as_str().unwrap().contains(why), "{}", all[at]);
        assert_eq!(all[at]["award_id"], Value::Null);
    }
    assert_eq!(all[5]["run_key"], "path-v1:Org+N+R+H");
    assert_eq!(office.issue().await.issued, 2);
    let noted = office.noted("credential.given").await;
    assert_eq!(noted[0].1, format!("credential:{}", office.only(1).await));
    assert_eq!((noted.len(), noted[0].2.as_deref()), (2, Some("exams of old")));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_dry_run_says_the_same_and_changes_nothing(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 3).await;
    office.post(&format!("/api/v1/credentials/{}/revoke", ids[0]), Value::Null).await.is(200);
    office.issue().await;
    let state = async || -> (Vec<(String, i64)>, i64, i64, i64) {
        let counts: (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM due_awards), (SELECT count(*) FROM awards),
                    (SELECT count(*) FROM audit_log WHERE action LIKE 'credential.%')",
        )
        .fetch_one(&office.pool)
        .await
        .unwrap();
        (statuses(&office).await, counts.0, counts.1, counts.2)
    };
    let before = state().await;
    let revoke = json!({ "action": "revoke", "reason": "wrong", "credential_ids": ids, "dry_run": true });
    let issue = json!({ "action": "issue", "reason": "exams", "run_key": RUN, "dry_run": true,
        "rows": [{ "learner_id": 1, "revision": 1 }, { "learner_id": 102, "revision": 1 }] });
    for (body, expected) in
        [(revoke, json!({ "done": 2, "unchanged": 1 })), (issue, json!({ "done": 1, "refused": 1 }))]
    {
        let job = office.post(JOBS, body).await.is(201);
        while office.work(10).await.is_some() {}
        assert_eq!(outcomes(&office, &job).await, expected);
        assert_eq!(rows(&office, &job, "?outcome=done").await[0]["award_id"], Value::Null);
        assert_eq!(state().await, before);
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn what_cannot_be_a_job_is_taken_in_by_nobody(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 2).await;
    office.put("/api/v1/issuers/Other", "*", json!({ "name": "Other" })).await.is(200);
    let definition = json!({ "name": "N", "description": "D", "criteria": "C" });
    office.put("/api/v1/definitions/Other+N", "*", definition).await.is(200);
    let other =
        lp_credentials_store::Completion { run_key: "path-v1:Other+N+R+G".into(), ..completed(7, 77) };
    office.complete(vec![other]).await;
    office.issue().await;
    let foreign: String =
        sqlx::query_scalar("SELECT credential_id::text FROM credentials WHERE org = 'Other'")
            .fetch_one(&office.pool)
            .await
            .unwrap();
    let job = |more: Value| {
        let mut body = json!({ "action": "revoke", "reason": "wrong" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let unknown = uuid::Uuid::nil().to_string();
    let award = |run: &str| json!({ "learner_id": 1, "revision": 1, "run_key": run });
    let issue = |rows: Value| job(json!({ "action": "issue", "rows": rows }));
    for (body, status) in [
        (job(json!({ "credential_ids": [ids[0], foreign] })), 403),
        (job(json!({ "credential_ids": [ids[0], unknown] })), 403),
        (job(json!({ "run_key": "path-v1:Other+N+R+G" })), 403),
        (issue(json!([award(RUN), award("path-v1:Other+N+R+G")])), 403),
        (job(json!({})), 422),
        (job(json!({ "credential_ids": [] })), 422),
        (job(json!({ "credential_ids": ids, "run_key": RUN })), 422),
        (job(json!({ "credential_ids": ids, "status": "valid" })), 422),
        (job(json!({ "credential_ids": ids, "rows": [award(RUN)] })), 422),
        (job(json!({ "credential_ids": vec![&ids[0]; 10_001] })), 422),
        (job(json!({ "run_key": RUN, "status": "suspended" })), 422),
        (job(json!({ "run_key": RUN, "reason": "" })), 422),
        (job(json!({ "run_key": RUN, "reason": null })), 400),
        (job(json!({ "run_key": RUN, "action": "forget" })), 400),
        (issue(json!([])), 422),
        (issue(json!([{ "learner_id": 1, "revision": 1 }])), 422),
        (issue(json!([{ "learner_id": 1, "revision": 0, "run_key": RUN }])), 422),
        (issue(json!([{ "learner_id": 1, "revision": 1, "run_key": RUN, "name": "Jones" }])), 400),
        (job(json!({ "action": "issue", "credential_ids": ids })), 422),
    ] {
        let answer = office.post(JOBS, body.clone()).await;
        assert_eq!(answer.status, status, "{body:.300}: {}", answer.text);
    }
    // Of somebody else's the same is told as of none, and which they are.
    let told =
        async |id: &str| office.post(JOBS, job(json!({ "credential_ids": [id] }))).await.is(403).detail();
    assert_eq!(told(&foreign).await.replace(&foreign, "…"), told(&unknown).await.replace(&unknown, "…"));
    // Whoever manages both does one after the other.
    let both = job(json!({ "credential_ids": [ids[0], foreign] }));
    office.ask(Some(Who::Administrator), "POST", JOBS, both, &[]).await.is(422);
    let wrong = issue(json!([award(RUN), { "learner_id": 1, "revision": 0, "run_key": RUN }]));
    let wrong = office.post(JOBS, wrong).await.is(422).json();
    assert_eq!(wrong["errors"][0]["pointer"], "/rows/1/revision");
    assert_eq!(office.get(JOBS).await.is(200).json()["items"], json!([]));
    assert_eq!(statuses(&office).await, [("valid".into(), 3)]);

    // Jobs are seen by those who see the credentials of their organisation.
    let job = office.post(JOBS, job(json!({ "credential_ids": ids }))).await.is(201);
    assert_eq!(office.get(JOBS).await.json()["items"], json!([job.json()]));
    let others = |method: &'static str, uri: String| {
        let office = &office;
        async move { office.ask(Some(Who::OtherManager), method, &uri, Value::Null, &[]).await }
    };
    assert_eq!(others("GET", JOBS.to_owned()).await.is(200).json()["items"], json!([]));
    others("GET", job.location()).await.is(404);
    others("GET", format!("{}/rows", job.location())).await.is(404);
    others("POST", format!("{}/cancel", job.location())).await.is(404);
    assert_eq!(office.get(&job.location()).await.json()["state"], "waiting");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn the_same_request_again_is_the_same_job(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 1).await;
    let key = [("idempotency-key", "spring")];
    let ask = async |who, reason: &str| {
        let body = json!({ "action": "revoke", "reason": reason, "credential_ids": ids });
        office.ask(Some(who), "POST", JOBS, body, &key).await
    };
    let first = ask(Who::Manager, "wrong").await.is(201);
    let again = ask(Who::Manager, "wrong").await.is(201);
    assert_eq!((first.location(), first.json()), (again.location(), again.json()));
    assert!(ask(Who::Manager, "other").await.is(422).detail().contains("another request"));
    let others = ask(Who::Administrator, "wrong").await.is(201);
    assert_ne!(others.location(), first.location(), "a key is its actor's");
    while office.work(10).await.is_some() {}
    assert_eq!(ask(Who::Manager, "wrong").await.is(201).json()["state"], "done");
    assert_eq!(office.noted("credential.%").await.len(), 1);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_job_that_is_cancelled_leaves_done_what_is_done(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 3).await;
    let body = json!({ "action": "revoke", "reason": "wrong", "credential_ids": ids });
    let job = office.post(JOBS, body).await.is(201);
    office.work(1).await;
    let cancel = format!("{}/cancel", job.location());
    let told = office.post(&cancel, json!({ "reason": "the other list" })).await.is(200).json();
    assert_eq!((&told["state"], &told["outcomes"]), (&json!("cancelled"), &json!({ "done": 1 })));
    assert_eq!(office.work(10).await, None);
    let words: Vec<Value> = rows(&office, &job, "").await.iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(words, [json!("done"), json!("cancelled"), json!("cancelled")]);
    assert_eq!(rows(&office, &job, "?outcome=cancelled").await.len(), 2);
    assert_eq!(statuses(&office).await, [("revoked".into(), 1), ("valid".into(), 2)]);
    office.post(&cancel, Value::Null).await.is(200);
    let noted = office.noted("job.cancelled").await;
    assert_eq!((noted.len(), noted[0].2.as_deref()), (1, Some("the other list")));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_portion_that_breaks_off_is_done_again_and_done_once(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 4).await;
    let body = json!({ "action": "revoke", "reason": "wrong", "credential_ids": ids });
    let job = office.post(JOBS, body).await.is(201);
    let mut tx = office.pool.begin().await.unwrap();
    let secrets = issuer().secrets;
    assert_eq!(work_on_a_job(&mut tx, &secrets, 3, Utc::now()).await.unwrap(), Some(3));
    // As long as one is at it nobody else is, or waits for it.
    let other = tokio::time::timeout(std::time::Duration::from_secs(20), office.work(3)).await;
    assert_eq!(other.expect("it does not wait"), None);
    tx.rollback().await.unwrap();
    assert_eq!(outcomes(&office, &job).await, json!({}));
    assert_eq!(
        (statuses(&office).await, office.noted("credential.%").await.len()),
        (vec![("valid".into(), 4)], 0)
    );
    while office.work(3).await.is_some() {}
    assert_eq!(outcomes(&office, &job).await, json!({ "done": 4 }));
    assert_eq!(office.noted("credential.%").await.len(), 4);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_job_waits_for_whoever_records_events_of_its_learners(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 1).await;
    for body in [
        json!({ "action": "suspend", "reason": "asked about", "credential_ids": ids }),
        json!({ "action": "issue", "reason": "exams", "run_key": "path-v1:Org+N+R+H",
            "rows": [{ "learner_id": 101, "revision": 1 }] }),
    ] {
        let job = office.post(JOBS, body).await.is(201);
        let mut tx = office.pool.begin().await.unwrap();
        sqlx::query("SELECT FROM award_holders WHERE learner_id = 101 FOR UPDATE")
            .execute(&mut *tx)
            .await
            .unwrap();
        let waits = async {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
            while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&office.pool).await.unwrap() {
                assert!(std::time::Instant::now() < deadline, "it does not wait");
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            tx.commit().await.unwrap();
        };
        tokio::join!(office.work(1), waits);
        assert_eq!(outcomes(&office, &job).await, json!({ "done": 1 }));
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn several_workers_do_each_row_of_several_jobs_once(pool: PgPool) {
    let (office, ids) = with_credentials(pool, 6).await;
    let learners: Vec<Value> =
        (1..=300).map(|learner| json!({ "learner_id": learner, "revision": 1 })).collect();
    let mut jobs = vec![];
    for body in [
        json!({ "action": "revoke", "reason": "wrong", "credential_ids": ids }),
        json!({ "action": "issue", "reason": "exams", "run_key": RUN, "rows": learners }),
        json!({ "action": "issue", "reason": "exams", "run_key": RUN, "rows": learners }),
    ] {
        jobs.push(office.post(JOBS, body).await.is(201));
    }
    let (cancel, secrets) = (CancellationToken::new(), issuer().secrets);
    let workers = async {
        tokio::join!(
            run_jobs(&office.pool, &secrets, &cancel),
            run_jobs(&office.pool, &secrets, &cancel),
            run_jobs(&office.pool, &secrets, &cancel),
        )
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let done = async {
        for job in &jobs {
            while office.get(&job.location()).await.json()["state"] != "done" {
                assert!(std::time::Instant::now() < deadline, "{}", job.location());
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        cancel.cancel();
    };
    tokio::join!(workers, done);
    assert_eq!(outcomes(&office, &jobs[0]).await, json!({ "done": 6 }));
    let mut given = 0;
    for job in &jobs[1..] {
        let outcomes = outcomes(&office, job).await;
        given += outcomes["done"].as_i64().unwrap_or_default();
        let rows: i64 = outcomes.as_object().unwrap().values().map(|rows| rows.as_i64().unwrap()).sum();
        assert_eq!(rows, 300);
    }
    // Learners 101 to 106 have one that was earned, and revoked by the first job or not.
    assert!((294..=300).contains(&given), "{given}");
    let noted = office.noted("credential.given").await;
    assert_eq!(noted.len(), usize::try_from(given).unwrap());
    let awards: i64 = sqlx::query_scalar("SELECT count(*) FROM awards WHERE by_hand")
        .fetch_one(&office.pool)
        .await
        .unwrap();
    assert_eq!(awards, given);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn thousands_of_revocations_cost_one_list(pool: PgPool) {
    const MANY: i64 = 3_000;
    let (office, _) = with_credentials(pool, 1).await;
    // As many as it takes, made from the one that was issued.
    sqlx::query(
        "INSERT INTO awards SELECT (jsonb_populate_record(a, jsonb_build_object('completion_id', gen_random_uuid(),
             'award_id', gen_random_uuid(), 'learner_id', 1000 + n))).* FROM awards a, generate_series(2, $1) n",
    )
    .bind(MANY)
    .execute(&office.pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO credentials SELECT (jsonb_populate_record(c, jsonb_build_object('credential_id', gen_random_uuid(),
             'completion_id', a.completion_id, 'learner_id', a.learner_id, 'revocation_place', a.learner_id + 100))).*
         FROM credentials c, awards a WHERE a.learner_id > 1000",
    )
    .execute(&office.pool)
    .await
    .unwrap();
    sqlx::query("UPDATE credentials SET suspension_list = NULL, suspension_place = NULL")
        .execute(&office.pool)
        .await
        .unwrap();
    let job =
        office.post(JOBS, json!({ "action": "revoke", "reason": "wrong", "run_key": RUN })).await.is(201);
    assert_eq!(job.json()["total_rows"], MANY);
    let (issuer, delay) = (issuer(), TimeDelta::seconds(10));
    let (began, mut signed) = (Utc::now(), 0);
    // As the workers do it, at the usual delay.
    loop {
        let worked = office.work(200).await;
        let now = Utc::now();
        let mut tx = office.pool.begin().await.unwrap();
        let looked_at =
            issue_some(&mut tx, &issuer.site, &issuer.secrets, false, 200, now).await.unwrap().awards;
        signed += sign_lists(&mut tx, &issuer.site, &issuer.secrets, now - delay, now).await.unwrap();
        tx.commit().await.unwrap();
        if worked.is_none() && looked_at == 0 {
            break;
        }
    }
    let mut tx = office.pool.begin().await.unwrap();
    let later = Utc::now() + delay;
    signed += sign_lists(&mut tx, &issuer.site, &issuer.secrets, later - delay, later).await.unwrap();
    tx.commit().await.unwrap();
    let most = 1 + u64::try_from((Utc::now() - began).num_seconds() / delay.num_seconds()).unwrap();
    assert!((1..=most).contains(&signed), "{signed} of at most {most}");
    assert_eq!(outcomes(&office, &job).await, json!({ "done": MANY }));
    assert_eq!(statuses(&office).await, [("revoked".into(), MANY)]);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM status_lists WHERE changed_at IS NOT NULL")
        .fetch_one(&office.pool)
        .await
        .unwrap();
    assert_eq!(left, 0, "the last change is in it");
}
