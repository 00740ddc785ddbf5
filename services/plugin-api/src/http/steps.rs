//! Items of a run as steps: those that are course runs, in their order.

use std::collections::HashMap;

use lp_domain::{Definition, Item, LearnerId, Node};
use lp_progress_store::plugin::{Known, PluginPath, course_dates, known};
use lp_progress_store::{Catalogue, StoreError};
use opaque_keys::CourseKey;
use sqlx::PgConnection;

use super::shape::{Date, StepBody};

/// The definition that a viewer sees: the one by which they are judged, or the latest.
fn definition<'a>(catalogue: &'a Catalogue, path: &PluginPath) -> Option<&'a Definition> {
    let run = catalogue.run(path.run_id)?;
    let revision = path.enrolled_under.map_or(run.latest_revision, |under| run.revision_for(under));
    run.definition(revision).map(AsRef::as_ref)
}

/// The items that are course runs.
pub(super) fn steps<'a>(catalogue: &'a Catalogue, path: &PluginPath) -> Vec<&'a Item> {
    let items = definition(catalogue, path).map_or(&[][..], |definition| &definition.items);
    items.iter().filter(|item| course(item).is_some()).collect()
}

/// The course run of an item that is one.
pub(super) fn course(item: &Item) -> Option<CourseKey> {
    let key = item.key.as_str();
    (!key.starts_with("library-v1:")).then(|| key.parse().ok()).flatten()
}

/// Whether a path has an order, by the word of whoever brought it over or by its requirement.
pub(super) fn is_sequential(catalogue: &Catalogue, path: &PluginPath) -> bool {
    let in_order = || {
        definition(catalogue, path)
            .is_some_and(|definition| matches!(definition.requirement, Node::InOrder(_)))
    };
    path.sequential.unwrap_or_else(in_order)
}

/// The steps of several paths, with the dates of their courses.
pub(super) async fn shown(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    paths: &[PluginPath],
) -> Result<Vec<Vec<StepBody>>, StoreError> {
    let all: Vec<Vec<&Item>> = paths.iter().map(|path| steps(catalogue, path)).collect();
    let courses: Vec<String> = all.iter().flatten().map(|item| item.key.to_string()).collect();
    let dates = course_dates(conn, &courses).await?;
    let one = |(place, item): (usize, &&Item)| {
        let course_key = item.key.to_string();
        let (start, end) = dates.get(&course_key).copied().unwrap_or_default();
        StepBody {
            order: place + 1,
            course_dates: (start.map(Date), end.map(Date)),
            course_key,
            weight: item.weight,
        }
    };
    Ok(all.iter().map(|steps| steps.iter().enumerate().map(one).collect()).collect())
}

/// How far a learner is in each step, with the step's weight.
pub(super) async fn of_learner(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    path: &PluginPath,
    learner: LearnerId,
) -> Result<Vec<(f64, Known)>, StoreError> {
    let steps = steps(catalogue, path);
    let courses: Vec<String> =
        steps.iter().flat_map(|item| item.contexts()).map(ToString::to_string).collect();
    let known: HashMap<String, Known> = known(conn, catalogue, learner, &courses).await?;
    let best = |item: &Item| {
        let told = item.contexts().filter_map(|context| known.get(context.as_str()));
        told.fold(Known::default(), |best, one| Known {
            // None is less than any number.
            completion: if one.completion > best.completion { one.completion } else { best.completion },
            grade: if one.grade > best.grade { one.grade } else { best.grade },
        })
    };
    Ok(steps.iter().map(|item| (item.weight, best(item))).collect())
}
