//! A path of the demo's own: authored, published and enrolled in over the admin API, and what its next revision would do.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::ensure;
use lp_devstack::lms::{Expected, Simulation, course_key};
use serde_json::{Value, json};

use super::admin::{Admin, Counts, Job};

pub(super) const RUN: &str = "path-v1:DemoX+DATAWEB+2026+open";
const TITLE: &str = "Data on the web";
/// Its courses by their numbers in the simulation, and what they are called.
const COURSES: [usize; 3] = [2, 3, 4];
const TITLES: [&str; 3] = ["Programs", "Data", "Pages"];
/// So many of them its first revision asks for, under which everybody is enrolled.
const FIRST: usize = 3;
/// So many its second, to which nobody is moved.
const SECOND: usize = 2;

/// What must come of the run for everybody, at the end of every phase.
pub(super) fn expected(simulation: &Simulation) -> Vec<Expected> {
    simulation.everybody_in(RUN, FIRST, &COURSES)
}

/// Makes the path, enrols everybody in it, and publishes a second revision.
pub(super) async fn author(admin: &Admin, everybody: &[Expected]) -> anyhow::Result<()> {
    println!("a path is authored over the admin API");
    admin.post("/paths", &json!({ "org": "DemoX", "number": "DATAWEB", "title": TITLE })).await?;
    admin.post("/runs", &json!({ "run_key": RUN })).await?;
    println!("  made: path DemoX+DATAWEB, run {RUN}");
    let draft = draft(admin, FIRST).await?;
    println!("  published: revision {}", admin.publish(RUN, &draft).await?);
    enrol(admin, everybody).await?;
    let draft = self::draft(admin, SECOND).await?;
    let preview = admin.what_if(RUN, &json!({ "moves": "everybody" })).await?;
    println!("  preview of moving everybody to it: {preview}");
    let revision = admin.publish(RUN, &draft).await?;
    println!("  published: revision {revision}; learners stay on the one they were enrolled under\n");
    Ok(())
}

/// Asks again, now that courses were taken, what moving everybody to the second revision would do. Every difference from what the
/// simulation knows it would, in words.
pub(super) async fn ask_again(admin: &Admin, simulation: &Simulation) -> anyhow::Result<Vec<String>> {
    let preview = admin.what_if(RUN, &json!({ "revision": 2, "moves": "everybody" })).await?;
    println!("\npreview of moving everybody in {RUN} to its revision 2: {preview}");
    let completed = |needed| {
        let all = simulation.everybody_in(RUN, needed, &COURSES);
        all.iter().filter(|expected| expected.completed_at.is_some()).count() as u64
    };
    Ok(differences(
        preview,
        simulation.everybody_in(RUN, FIRST, &COURSES).len() as u64,
        [FIRST, SECOND].map(completed),
    ))
}

/// Whoever has completed the first revision keeps that; whoever has done enough for the second one only gains it.
fn differences(preview: Counts, learners: u64, [first, second]: [u64; 2]) -> Vec<String> {
    let Counts { revoked, grace, review, .. } = preview;
    let told = [preview.learners, preview.keeps, preview.gains, revoked + grace + review];
    let right = [learners, first, second - first, 0];
    let names = ["learners", "keep their completion", "would complete it", "would lose their completion"];
    let all = names.iter().zip(told.iter().zip(right)).filter(|(_, (told, right))| *told != right);
    all.map(|(name, (told, right))| format!("preview of {RUN}: {told} {name}, must be {right}")).collect()
}

/// Writes a draft that asks for so many of the courses; what names this state of it.
async fn draft(admin: &Admin, needed: usize) -> anyhow::Result<String> {
    let definition = definition(needed);
    let validation = admin.post("/definitions/validate", &json!({ "definition": definition })).await?;
    ensure!(validation["problems"] == json!([]), "the demo's own definition is refused: {validation}");
    let draft = admin.draft(RUN, &definition).await?;
    println!("  draft: {needed} of {} are needed; validated, nothing is wrong with it", TITLES.join(", "));
    Ok(draft)
}

fn definition(needed: usize) -> Value {
    let items = COURSES.iter().zip(TITLES);
    let items =
        items.map(|(n, title)| json!({ "id": format!("c{n}"), "key": course_key(*n), "title": title }));
    let leaves: Vec<Value> = COURSES.iter().map(|n| json!({ "item": format!("c{n}") })).collect();
    let requirement = json!({ "at_least": { "k": needed, "of": leaves } });
    json!({ "items": items.collect::<Vec<_>>(), "requirement": requirement })
}

/// Enrols everybody by one job.
async fn enrol(admin: &Admin, everybody: &[Expected]) -> anyhow::Result<()> {
    let learners: BTreeSet<i64> = everybody.iter().map(|expected| expected.learner).collect();
    let rows = learners.iter().map(ToString::to_string);
    let table = std::iter::once("user_id".to_owned()).chain(rows).collect::<Vec<_>>().join("\n");
    let begun = Instant::now();
    let job = admin.job(RUN, table).await?;
    println!("  bulk enrolment: {}, done after {:.1} s", in_words(&job), begun.elapsed().as_secs_f64());
    ensure!(is_everybody(&job, learners.len()), "the job did not enrol everybody");
    Ok(())
}

fn in_words(job: &Job) -> String {
    let outcomes: Vec<String> = job.outcomes.iter().map(|(word, rows)| format!("{rows} {word}")).collect();
    format!("job {} of {} rows, {}", job.id, job.total_rows, outcomes.join(", "))
}

fn is_everybody(job: &Job, learners: usize) -> bool {
    job.outcomes.get("enrolled") == Some(&(learners as u64)) && job.outcomes.len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_leaves_somebody_out_is_told() {
        let outcomes = |all: &[(&str, u64)]| all.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect();
        let job = |all| Job { id: "j".into(), total_rows: 3, outcomes: outcomes(all), ..Job::default() };
        assert!(is_everybody(&job(&[("enrolled", 3)]), 3));
        let unknown = job(&[("enrolled", 2), ("unknown_run", 1)]);
        assert!(!is_everybody(&unknown, 3) && !is_everybody(&job(&[("enrolled", 3)]), 4));
        assert_eq!(in_words(&unknown), "job j of 3 rows, 2 enrolled, 1 unknown_run");
    }

    #[test]
    fn a_preview_that_differs_from_what_the_simulation_knows_is_told() {
        let good = Counts { learners: 9, keeps: 3, gains: 2, up: 1, same: 3, ..Counts::default() };
        assert!(differences(good, 9, [3, 5]).is_empty());
        assert_eq!(differences(Counts { gains: 3, ..good }, 9, [3, 5]).len(), 1);
        assert_eq!(differences(Counts { keeps: 2, review: 1, ..good }, 9, [3, 5]).len(), 2);
        assert_eq!(differences(Counts { learners: 8, ..good }, 9, [3, 5]).len(), 1);
    }
}
