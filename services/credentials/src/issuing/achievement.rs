//! What is achieved by completing a revision of a run.

use lp_open_badges::{Achievement, AchievementType, Alignment, Criteria, Image, ResultDescription, Text};
use uuid::Uuid;

use super::badge::urn;
use super::definition::Definition;
use super::site::Site;

/// The same for everybody who completed the same revision under the same definition: in their credentials, and at its address.
#[must_use]
pub fn achievement(site: &Site, definition: &Definition, run_key: &str, revision: i32) -> Achievement {
    let id = site.achievement(run_key, revision);
    let criteria = Criteria::narrative(definition.criteria.clone());
    let criteria = match &definition.criteria_url {
        Some(page) => criteria.and_page(page.clone()),
        None => criteria,
    };
    let described = |kind: &str| urn(Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{id}#{kind}").as_bytes()));
    let mut results = Vec::new();
    if let (true, Some(name)) = (definition.shows_grade, Text::cleaned("Grade")) {
        results.push(ResultDescription::percent(described("grade"), name));
    }
    results.extend(
        Text::cleaned("Completion").map(|name| ResultDescription::status(described("completion"), name)),
    );
    let alignments = definition.alignment.iter().map(|one| {
        let mut alignment = Alignment::new(one.name.clone(), one.url.clone());
        alignment.target_framework.clone_from(&one.framework);
        alignment.target_code.clone_from(&one.code);
        alignment.target_description.clone_from(&one.description);
        alignment
    });
    let mut achievement =
        Achievement::new(id, definition.name.clone(), definition.description.clone(), criteria);
    achievement.achievement_type = Some(AchievementType::LearningProgram);
    achievement.in_language = Some(definition.language.clone());
    achievement.image = definition.image.as_ref().map(|digest| Image::new(site.image(digest)));
    achievement.alignment = alignments.collect();
    achievement.result_description = results;
    achievement
}
