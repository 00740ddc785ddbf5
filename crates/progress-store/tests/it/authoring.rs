//! Paths, runs and drafts as administrators change them, two at once too.

use lp_domain::{PathDetails, PathId, RevisionPolicy, RunPolicy};
use lp_progress_store::audit::{self, Filter};
use lp_progress_store::authoring::{
    AuthoringError, Path, RunEdit, Selection, create_path, create_run, edit_path, edit_run, get_draft,
    get_revision, get_run, list_paths, list_revisions, list_runs, postpone_rejudgement, publish_draft,
    put_draft, rejudge_next,
};
use lp_progress_store::idempotency::{self, Claim};
use lp_progress_store::read::{self, Asked, Viewer};
use lp_progress_store::{Catalogue, MIGRATOR, grants};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::fixture::{BY, Fixture, definition, hour, passing, run_key};

fn path(number: &str, title: &str) -> Path {
    let id = PathId::new("Org", number).unwrap();
    Path { id, title: title.into(), details: PathDetails::default() }
}

fn draft(courses: &[u8]) -> Value {
    serde_json::to_value(definition(courses)).unwrap()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_two_who_edit_one_draft_the_second_is_told(pool: PgPool) {
    let mut conn = Fixture::new(&pool).await.conn;
    let key = run_key("pinned");
    create_run(&mut conn, &BY, &key, &RunPolicy::default()).await.unwrap();
    let read = put_draft(&mut conn, &BY, &key, &draft(&[1]), None).await.unwrap();
    assert!(matches!(
        put_draft(&mut conn, &BY, &key, &draft(&[2]), None).await,
        Err(AuthoringError::Stale(_))
    ));
    put_draft(&mut conn, &BY, &key, &draft(&[3]), Some(read.version)).await.unwrap();
    for stale in [
        put_draft(&mut conn, &BY, &key, &draft(&[4]), Some(read.version)).await.map(drop),
        publish_draft(&mut conn, &BY, &key, read.version).await.map(drop),
    ] {
        assert!(matches!(stale, Err(AuthoringError::Stale(_))), "{stale:?}");
    }
    assert_eq!(get_draft(&mut conn, &key).await.unwrap().unwrap().definition, draft(&[3]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_two_who_publish_at_once_one_does(pool: PgPool) {
    let mut conn = Fixture::new(&pool).await.conn;
    let key = run_key("pinned");
    create_run(&mut conn, &BY, &key, &RunPolicy::default()).await.unwrap();
    let version = put_draft(&mut conn, &BY, &key, &draft(&[1]), None).await.unwrap().version;
    let publish = || async {
        let mut tx = pool.begin().await?;
        let revision = publish_draft(&mut tx, &BY, &key, version).await?;
        tx.commit().await?;
        Ok::<_, AuthoringError>(revision)
    };
    let (one, other) = tokio::join!(publish(), publish());
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won.unwrap(), 1);
    assert!(matches!(lost, Err(AuthoringError::Stale(_))), "{lost:?}");
    assert_eq!(list_revisions(&mut conn, &key, None, 10).await.unwrap().len(), 1);
    assert_eq!(get_draft(&mut conn, &key).await.unwrap(), None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_draft_that_is_wrong_or_nothing_new_is_not_published(pool: PgPool) {
    let mut conn = Fixture::new(&pool).await.conn;
    let key = run_key("sticky");
    let wrong = json!({ "items": [], "requirement": { "all_of": [] } });
    let version = put_draft(&mut conn, &BY, &key, &wrong, None).await.unwrap().version;
    let refused = publish_draft(&mut conn, &BY, &key, version).await;
    assert!(matches!(&refused, Err(AuthoringError::NotPublishable(problems))
        if problems.iter().any(|problem| problem.pointer == "/requirement")));
    let version = put_draft(&mut conn, &BY, &key, &draft(&[1, 2]), Some(version)).await.unwrap().version;
    let refused = publish_draft(&mut conn, &BY, &key, version).await;
    assert!(matches!(refused, Err(AuthoringError::NothingNew(_))), "{refused:?}");
    let first = get_revision(&mut conn, &key, 1).await.unwrap().unwrap();
    assert_eq!(first.definition, definition(&[1, 2]));
    assert_eq!(get_revision(&mut conn, &key, 2).await.unwrap(), None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_edit_over_somebody_elses_is_refused(pool: PgPool) {
    let mut conn = Fixture::new(&pool).await.conn;
    let made = create_path(&mut conn, &BY, &path("M", "First")).await.unwrap();
    assert!(matches!(
        create_path(&mut conn, &BY, &path("M", "Again")).await,
        Err(AuthoringError::AlreadyThere(_))
    ));
    let edited = edit_path(&mut conn, &BY, &path("M", "Second"), made.version).await.unwrap();
    assert_ne!(edited.version, made.version);
    let stale = edit_path(&mut conn, &BY, &path("M", "Third"), made.version).await;
    assert!(matches!(stale, Err(AuthoringError::Stale(_))));
    let same = edit_path(&mut conn, &BY, &path("M", "Second"), edited.version).await.unwrap();
    assert_eq!(same.version, edited.version, "nothing changed");
    let of_path = Filter { target: Some("path:Org+M".into()), ..Filter::default() };
    let log = audit::list(&mut conn, &of_path, 10).await.unwrap();
    let told: Vec<_> = log.into_iter().map(|entry| (entry.action, entry.after)).collect();
    let title = |at: usize| told[at].1.as_ref().unwrap()["title"].clone();
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].0.as_str(), title(0)), ("path.edited", "Second".into()));
    assert_eq!((told[1].0.as_str(), title(1)), ("path.created", "First".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_sees_a_run_of_which_nothing_is_published(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let key = run_key("new");
    let made = create_run(&mut fixture.conn, &BY, &key, &RunPolicy::default()).await.unwrap();
    let strict = RunPolicy { revision: RevisionPolicy::Following, ..RunPolicy::default() };
    edit_run(&mut fixture.conn, &BY, &key, &RunEdit { policy: Some(strict), schedule: None }, made.version)
        .await
        .unwrap();
    let catalogue = Catalogue::load(&mut fixture.conn).await.unwrap();
    assert!(catalogue.run_by_key(&key).is_none());
    let (anybody, asked) =
        (Viewer { manages: Some(Vec::new()), ..Viewer::default() }, Asked { limit: 100, ..Asked::default() });
    let listed = read::list_runs(&mut fixture.conn, &anybody, &asked).await.unwrap();
    assert!(!listed.iter().any(|run| run.run_key == key.as_str()));
    // Nor does what waits to be judged wait for ever.
    rejudge_all(&mut fixture).await;
}

async fn rejudge_all(fixture: &mut Fixture) -> usize {
    let mut completed = 0;
    while let Some((_, outcome)) =
        rejudge_next(&mut fixture.conn, &mut fixture.catalogue, hour(3_000)).await.unwrap()
    {
        completed += outcome.completed;
    }
    completed
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn those_who_follow_are_judged_anew_after_a_publication(pool: PgPool) {
    let mut fixture = Fixture::new(&pool).await;
    let key = run_key("following");
    fixture.enrol("following", 1).await;
    fixture.apply(vec![passing(1, 1, 10, true)]).await;
    let version = put_draft(&mut fixture.conn, &BY, &key, &draft(&[1]), None).await.unwrap().version;
    assert_eq!(publish_draft(&mut fixture.conn, &BY, &key, version).await.unwrap(), 2);
    assert_eq!(fixture.completions().await, Vec::<String>::new());
    assert_eq!(rejudge_all(&mut fixture).await, 1);
    assert_eq!(rejudge_all(&mut fixture).await, 0, "nobody waits any more");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_run_that_cannot_be_judged_holds_up_no_other(pool: PgPool) {
    let mut conn = Fixture::new(&pool).await.conn;
    for name in ["sticky", "grace"] {
        let run = get_run(&mut conn, &run_key(name)).await.unwrap().unwrap();
        let other = RunPolicy { revision: RevisionPolicy::Following, ..run.policy };
        edit_run(
            &mut conn,
            &BY,
            &run_key(name),
            &RunEdit { policy: Some(other), schedule: None },
            run.version,
        )
        .await
        .unwrap();
    }
    let next = async || {
        let mut tx = pool.begin().await.unwrap();
        let judged = rejudge_next(&mut tx, &mut Catalogue::default(), hour(3_000)).await.unwrap();
        tx.rollback().await.unwrap();
        judged.map(|(run, _)| run)
    };
    assert_eq!(next().await, Some(run_key("sticky")));
    postpone_rejudgement(&mut conn).await.unwrap();
    assert_eq!(next().await, Some(run_key("grace")));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn lists_go_on_where_they_ended_and_have_only_what_is_asked_for(pool: PgPool) {
    let mut conn = Fixture::new(&pool).await.conn;
    for (number, title) in [("A", "100% Rust"), ("B", "1000 rusty nails"), ("C", "Python")] {
        create_path(&mut conn, &BY, &path(number, title)).await.unwrap();
    }
    let numbers = |paths: Vec<lp_progress_store::authoring::ManagedPath>| {
        paths.into_iter().map(|path| path.path.id.number().to_owned()).collect::<Vec<_>>()
    };
    let search =
        |text: &str| Selection { search: Some(text.into()), orgs: Some(vec!["Org".into()]), archived: None };
    let found = list_paths(&mut conn, &search("RUST"), None, 10).await.unwrap();
    assert_eq!(numbers(found), ["A", "B"]);
    let found = list_paths(&mut conn, &search("100%"), None, 10).await.unwrap();
    assert_eq!(numbers(found), ["A"], "a percent sign is a percent sign");
    let after = PathId::new("Org", "A").unwrap();
    let found = list_paths(&mut conn, &Selection::default(), Some(&after), 2).await.unwrap();
    assert_eq!(numbers(found), ["B", "C"]);
    let elsewhere = Selection { orgs: Some(vec!["Other".into()]), ..Selection::default() };
    assert_eq!(numbers(list_paths(&mut conn, &elsewhere, None, 10).await.unwrap()), Vec::<String>::new());
    let of = PathId::new("Org", "N").unwrap();
    let runs = list_runs(&mut conn, &search("gr"), Some(&of), None, 10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.key.clone()).collect::<Vec<_>>(), [run_key("grace")]);
    assert_eq!(get_run(&mut conn, &run_key("grace")).await.unwrap().as_ref(), runs.first());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_grant_is_given_once_and_taken_back(pool: PgPool) {
    let mut conn = pool.acquire().await.unwrap();
    for org in [Some("Org"), None] {
        let granted = grants::grant(&mut conn, &BY, 7, "path_manager", org).await.unwrap();
        let again = grants::grant(&mut conn, &BY, 7, "path_manager", org).await.unwrap();
        assert_eq!(granted, again);
        assert_eq!(grants::list(&mut conn, Some(7), 0, 10).await.unwrap(), std::slice::from_ref(&granted));
        assert!(grants::revoke(&mut conn, &BY, granted.grant_id).await.unwrap());
        assert!(!grants::revoke(&mut conn, &BY, granted.grant_id).await.unwrap());
    }
    let log = audit::list(&mut conn, &Filter::default(), 10).await.unwrap();
    assert_eq!(log.len(), 4, "{log:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_key_is_claimed_by_one_of_two_at_once(pool: PgPool) {
    let claim = |digest: &'static [u8]| {
        let pool = pool.clone();
        async move {
            let mut tx = pool.begin().await.unwrap();
            let claim = idempotency::claim(&mut tx, "user:1", "k", digest).await.unwrap();
            if claim == Claim::New {
                idempotency::keep(&mut tx, "user:1", "k", &json!(1)).await.unwrap();
            }
            tx.commit().await.unwrap();
            claim
        }
    };
    let claims: [Claim; 2] = tokio::join!(claim(b"a"), claim(b"a")).into();
    assert!(claims.contains(&Claim::New) && claims.contains(&Claim::Done(json!(1))), "{claims:?}");
    assert_eq!(claim(b"b").await, Claim::OtherRequest);
    let mut conn = pool.acquire().await.unwrap();
    assert_eq!(idempotency::sweep(&mut conn, chrono::TimeDelta::hours(24)).await.unwrap(), 0);
    assert_eq!(idempotency::sweep(&mut conn, chrono::TimeDelta::zero()).await.unwrap(), 1);
    drop(conn);
    assert_eq!(claim(b"b").await, Claim::New);
}
