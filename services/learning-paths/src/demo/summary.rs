//! What came out, as tables.

use std::collections::BTreeMap;

use lp_devstack::lms::Expected;

use super::read_back::Learner;
use crate::table;

/// Rows of the table of learners that are printed.
const SHOWN: usize = 12;

/// Differences that are printed.
const DIFFERENCES: usize = 20;

pub(super) fn print(seen: &BTreeMap<i64, Learner>, expected: &[Expected]) {
    println!("\n{}", by_run(seen));
    println!("\n{}", by_learner(seen));
    println!(
        "\nall {} enrolments of {} learners are as the simulation knows they must be: completions and awards agree",
        expected.len(),
        seen.len()
    );
}

pub(super) fn print_differences(differences: &[String]) {
    println!("\n{} difference(s) from what the simulation knows must be:", differences.len());
    for difference in differences.iter().take(DIFFERENCES) {
        println!("  {difference}");
    }
    if differences.len() > DIFFERENCES {
        println!("  … and {} more", differences.len() - DIFFERENCES);
    }
}

/// One row a run: how many learners, completions and awards.
fn by_run(seen: &BTreeMap<i64, Learner>) -> String {
    let mut rows: BTreeMap<&str, (&str, [usize; 4])> = BTreeMap::new();
    for learner in seen.values() {
        for run in &learner.runs {
            let (_, counts) = rows.entry(&run.run_key).or_insert((&run.title, [0; 4]));
            counts[0] += 1;
            counts[1] += usize::from(run.completed_at.is_some());
        }
        for award in &learner.awards {
            if let Some((_, counts)) = rows.get_mut(award.run_key.as_str()) {
                counts[if award.status == "valid" { 2 } else { 3 }] += 1;
            }
        }
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(run, (title, counts))| {
            let mut row = vec![title.to_owned(), run.to_owned()];
            row.extend(counts.map(|count| count.to_string()));
            row
        })
        .collect();
    table::render(&["path", "run", "learners", "completed", "awards", "revoked"], &rows)
}

/// The first learners, run by run.
fn by_learner(seen: &BTreeMap<i64, Learner>) -> String {
    let all = seen.iter().flat_map(|(id, learner)| learner.runs.iter().map(move |run| (id, learner, run)));
    let rows: Vec<Vec<String>> = all
        .take(SHOWN)
        .map(|(id, learner, run)| {
            let award = learner.awards.iter().find(|award| award.run_key == run.run_key);
            vec![
                id.to_string(),
                run.title.clone(),
                format!("{:.0} %", run.progress * 100.0),
                run.completed_at.map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M").to_string()),
                award.map_or_else(String::new, |award| format!("{} {}", award.status, award.id)),
            ]
        })
        .collect();
    table::render(&["learner", "path", "progress", "completed", "award"], &rows)
}
