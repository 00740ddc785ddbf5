//! Paths of the plugin as ours.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use lp_domain::{ContextKey, Criterion, Definition, Item, ItemId, Node, PathDetails, PathId, RunKey};
use lp_progress_store::authoring;
use lp_progress_store::plugin::KeptPath;

use super::report::Report;
use super::source::Source;

/// One path of the plugin: a path and one run of ours.
#[derive(Debug, Clone)]
pub(super) struct PluginPath {
    pub(super) run: RunKey,
    pub(super) path: authoring::Path,
    pub(super) kept: KeptPath,
    pub(super) definition: Definition,
}

/// All that is not about learners.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) paths: Vec<PluginPath>,
    /// Skills by their numbers.
    pub(super) skills: BTreeMap<i64, String>,
}

/// Reads it; what cannot be mapped is reported, and never brought over in part.
pub(super) async fn read(source: &mut Source, report: &mut Report) -> anyhow::Result<Catalogue> {
    let unfit = "these are not the tables of learning-paths-plugin 0.4 or 0.5: run its migrations first";
    let rows = source
        .select(
            &[
                "id",
                "key",
                "uuid",
                "display_name",
                "subtitle",
                "description",
                "image",
                "level",
                "duration",
                "time_commitment",
                "sequential",
                "invite_only",
                "created",
            ],
            "learning_paths_learningpath",
            "ORDER BY {id}",
        )
        .await
        .context(unfit)?;
    let mut steps = steps(source).await.context(unfit)?;
    let criteria = criteria(source).await.context(unfit)?;
    let (skills, mut required, mut acquired) = skills(source, report).await.context(unfit)?;
    let mut catalogue = Catalogue { skills, ..Catalogue::default() };
    for row in rows {
        let (id, key) = (row.number(0)?, row.word(1));
        let run = match RunKey::parse(&key) {
            Ok(run) => run,
            Err(error) => {
                report.unmapped("path: its key cannot be one of ours", format!("{key:?}: {error}"));
                continue;
            }
        };
        let steps = steps.remove(&id).unwrap_or_default();
        let definition = match definition(&steps) {
            Ok(definition) => definition,
            Err(why) => {
                report.unmapped("path: its steps cannot be a requirement", format!("{key}: {why}"));
                continue;
            }
        };
        let details = PathDetails {
            subtitle: row.word(4),
            description: row.word(5),
            image: row.word(6),
            level: row.word(7),
            duration: row.word(8),
            time_commitment: row.word(9),
            skills_required: required.remove(&id).unwrap_or_default(),
            skills_acquired: acquired.remove(&id).unwrap_or_default(),
            invite_only: row.is_set(11),
            ..PathDetails::default()
        };
        if !details.image.is_empty() {
            report.unmapped(
                "image: its file stays where it is, and its address is that of the LMS's storage",
                key.clone(),
            );
        }
        let (completion, grade) = criteria.get(&id).copied().unzip();
        let kept = KeptPath {
            plugin_path_id: id,
            uuid: row.uuid(2)?,
            sequential: row.is_set(10),
            required_completion: completion,
            required_grade: grade,
            created_at: row.instant(12)?,
        };
        let path = authoring::Path { id: PathId::from(&run), title: title(&row.word(3), &key), details };
        catalogue.paths.push(PluginPath { run, path, kept, definition });
    }
    Ok(catalogue)
}

/// A title has something in it, and 500 characters at most.
fn title(name: &str, key: &str) -> String {
    if name.trim().is_empty() { key.to_owned() } else { name.chars().take(500).collect() }
}

/// A step: its course and its weight.
type Step = (String, f64);

/// By path, in the order in which the plugin shows them: by number, those without one last.
async fn steps(source: &mut Source) -> anyhow::Result<HashMap<i64, Vec<Step>>> {
    let columns = ["learning_path_id", "course_key", "weight", "order", "id"];
    let rows = source.select(&columns, "learning_paths_learningpathstep", "").await?;
    let mut ordered = Vec::new();
    for row in rows {
        let order = row.some_number(3)?.unwrap_or(i64::MAX);
        ordered.push((row.number(0)?, order, row.number(4)?, row.word(1), row.fraction(2)?));
    }
    ordered.sort_by_key(|(path, order, id, ..)| (*path, *order, *id));
    let mut steps: HashMap<i64, Vec<Step>> = HashMap::new();
    for (path, _, _, course, weight) in ordered {
        steps.entry(path).or_default().push((course, weight));
    }
    Ok(steps)
}

/// Completion and grade by path.
async fn criteria(source: &mut Source) -> anyhow::Result<HashMap<i64, (f64, f64)>> {
    let columns = ["learning_path_id", "required_completion", "required_grade"];
    let rows = source.select(&columns, "learning_paths_learningpathgradingcriteria", "").await?;
    rows.iter().map(|row| Ok((row.number(0)?, (row.fraction(1)?, row.fraction(2)?)))).collect()
}

/// Names of skills by path.
type Skills = HashMap<i64, Vec<String>>;

/// All skills, those that paths require, those that they give.
async fn skills(
    source: &mut Source,
    report: &mut Report,
) -> anyhow::Result<(BTreeMap<i64, String>, Skills, Skills)> {
    let mut names = BTreeMap::new();
    for row in source.select(&["id", "display_name"], "learning_paths_skill", "ORDER BY {id}").await? {
        let (id, name) = (row.number(0)?, row.word(1));
        if names.values().any(|known| *known == name) {
            report.unmapped(
                "skill: another has its name, and it is taken for that one",
                format!("{id} ({name})"),
            );
        }
        names.insert(id, name);
    }
    let mut of_paths = [Skills::new(), Skills::new()];
    let tables = ["learning_paths_requiredskill", "learning_paths_acquiredskill"];
    for (of_path, table) in of_paths.iter_mut().zip(tables) {
        let columns = ["learning_path_id", "skill_id", "level"];
        for row in source.select(&columns, table, "ORDER BY {id}").await? {
            let name = names.get(&row.number(1)?).cloned().unwrap_or_default();
            if let Some(level) = row.some_number(2)? {
                report.unmapped("skill: its level is not kept", format!("{name}: {level}"));
            }
            let all = of_path.entry(row.number(0)?).or_default();
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    let [required, acquired] = of_paths;
    Ok((names, required, acquired))
}

/// All steps, each passed: what the plugin shows as done when its own requirement, a mean, is 1. It judges nothing by it.
fn definition(steps: &[Step]) -> Result<Definition, String> {
    if steps.is_empty() {
        return Err("it has none".into());
    }
    let item = |(at, (course, weight)): (usize, &Step)| {
        let key = ContextKey::try_from(course.clone()).map_err(|error| format!("{course:?}: {error}"))?;
        let id = ItemId(format!("step-{}", at + 1).into());
        let (criterion, title) = (Criterion::default(), course.clone());
        Ok(Item {
            id,
            key,
            title,
            weight: *weight,
            points: 1,
            criterion,
            mode: None,
            equivalents: Vec::new(),
        })
    };
    let items = steps.iter().enumerate().map(item).collect::<Result<Vec<_>, String>>()?;
    let leaves = items.iter().map(|item| Node::Item(item.id.clone())).collect();
    let definition = Definition { items, requirement: Node::AllOf(leaves), no_double_counting: false };
    let problems = definition.check().err().unwrap_or_default();
    let told: Vec<String> = problems.iter().map(|problem| problem.kind.to_string()).collect();
    if told.is_empty() { Ok(definition) } else { Err(told.join("; ")) }
}
