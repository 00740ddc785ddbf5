//! One measurement of `what-if`.

use std::time::Instant;

use anyhow::{Context as _, bail};
use chrono::Utc;
use clap::Args;
use lp_domain::{Definition, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::put_run;
use lp_progress_store::{
    Candidate, Catalogue, Content, Counts, Migration, Whom, move_learners, preview, read,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::ours::resident;

/// Learners a portion.
const PORTION: i64 = 1_000;

#[derive(Args)]
pub(crate) struct WhatIfPart {
    /// `preview`, `bare` or `move`.
    #[arg(long)]
    what: String,
    /// The run.
    #[arg(long)]
    run: String,
    /// The database.
    #[arg(long)]
    url: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) seconds: f64,
    pub(crate) mebibytes: f64,
    pub(crate) learners: i64,
    pub(crate) affected: i64,
}

pub(crate) async fn run(part: &WhatIfPart) -> anyhow::Result<()> {
    let run = RunKey::parse(&part.run)?;
    let mut reader = read::pool(part.url.parse()?, 1).acquire().await?.detach();
    let (seconds, learners, affected) = match part.what.as_str() {
        "preview" => {
            let begun = Instant::now();
            let (counts, affected, _) = whole(&mut reader, &run).await?;
            (begun.elapsed(), counts.learners.try_into()?, affected)
        }
        "bare" => {
            let begun = Instant::now();
            let learners = bare(&mut reader, run.as_str()).await?;
            (begun.elapsed(), learners, 0)
        }
        "move" => {
            let mut writer =
                lp_postgres::writer(part.url.parse()?, "bench-what-if", 1).acquire().await?.detach();
            put_run(&mut writer, &By::command("bench"), &run, &RunPolicy::default(), &candidate()?).await?;
            let (_, _, digest) = whole(&mut reader, &run).await?;
            let migration = Migration { revision: 2, whom: Whom::Everybody, digest };
            let (mut catalogue, begun) = (Catalogue::default(), Instant::now());
            let now = Timestamp::try_from(Utc::now())?;
            let moved = move_learners(
                &mut writer,
                &mut catalogue,
                &By::command("bench"),
                &run,
                &migration,
                PORTION,
                now,
            )
            .await?;
            (begun.elapsed(), moved.learners.try_into()?, moved.outcome.changed_verdicts.try_into()?)
        }
        other => bail!("{other} is nothing that is measured"),
    };
    let mebibytes = resident(std::process::id())?;
    let answer = Answer { seconds: seconds.as_secs_f64(), mebibytes, learners, affected };
    println!("{}", serde_json::to_string(&answer)?);
    Ok(())
}

/// The whole preview: counts, how many learners it names, the digest.
async fn whole(conn: &mut PgConnection, run: &RunKey) -> anyhow::Result<(Counts, i64, [u8; 32])> {
    let candidate = Candidate {
        content: Content::Draft(candidate()?),
        policy: RunPolicy::default(),
        moves: Some(Whom::Everybody),
    };
    let (mut catalogue, now) = (Catalogue::default(), Timestamp::try_from(Utc::now())?);
    let (mut counts, mut affected, mut from) = (Counts::default(), 0, None);
    loop {
        let portion = preview(conn, &mut catalogue, run, &candidate, from, PORTION, now).await?;
        counts += portion.counts;
        affected += i64::try_from(portion.affected.len())?;
        from = portion.next;
        if from.is_none() {
            return Ok((counts, affected, portion.digest));
        }
    }
}

/// The same rows, read in the same portions and looked at by nobody.
async fn bare(conn: &mut PgConnection, run: &str) -> anyhow::Result<i64> {
    let mut contexts: Vec<String> = Vec::new();
    for definition in [current()?, candidate()?] {
        contexts.extend(definition.contexts().map(ToString::to_string));
    }
    contexts.sort_unstable();
    contexts.dedup();
    let (mut learners, mut after, mut facts) = (0, 0_i64, 0);
    loop {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT learner_id FROM enrolments JOIN runs USING (run_id)
             WHERE run_key = $1 AND learner_id > $2 ORDER BY learner_id LIMIT $3",
        )
        .bind(run)
        .bind(after)
        .bind(PORTION)
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = ids.last().copied() else { break };
        after = last;
        let enrolled = sqlx::query(
            "SELECT e.*, p.revision, p.digest, c.state FROM enrolments e
             JOIN runs USING (run_id)
             LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
             LEFT JOIN completions c
                 ON c.learner_id = e.learner_id AND c.run_id = e.run_id AND c.attempt = e.attempt
             WHERE run_key = $1 AND e.learner_id = ANY($2)",
        )
        .bind(run)
        .bind(&ids);
        learners += i64::try_from(enrolled.fetch_all(&mut *conn).await?.len())?;
        let known = sqlx::query(
            "SELECT learner_id, context_key, state::text FROM facts
             WHERE learner_id = ANY($1) AND context_key = ANY($2)",
        )
        .bind(&ids)
        .bind(&contexts);
        facts += known.fetch_all(&mut *conn).await?.len();
    }
    (facts > 0).then_some(learners).context("nothing is known")
}

/// Four courses, all of them.
pub(crate) fn current() -> anyhow::Result<Definition> {
    definition(0..4, "all_of")
}

/// One course in place of another, and three of the four are enough.
pub(crate) fn candidate() -> anyhow::Result<Definition> {
    definition(1..5, "three")
}

fn definition(courses: std::ops::Range<usize>, rule: &str) -> anyhow::Result<Definition> {
    let items: Vec<_> = courses
        .clone()
        .map(|number| serde_json::json!({ "id": format!("i{number}"), "key": course(number), "title": "T" }))
        .collect();
    let of: Vec<_> = courses.map(|number| serde_json::json!({ "item": format!("i{number}") })).collect();
    let requirement = match rule {
        "three" => serde_json::json!({ "at_least": { "k": 3, "of": of } }),
        _ => serde_json::json!({ "all_of": of }),
    };
    Ok(serde_json::from_value(serde_json::json!({ "items": items, "requirement": requirement }))?)
}

pub(crate) fn course(number: usize) -> String {
    format!("course-v1:BenchX+C{number}+2026")
}
