//! Whether the configuration is whole.

use lp_runtime::{Settings, Source};

use super::report::{Finding, failure, note, well};
use crate::cli::Service;
use crate::serve::needs;

/// The findings, and the settings as far as they can be used.
pub(super) fn check(source: &Source) -> (Vec<Finding>, Option<Settings>) {
    let mut findings = match Settings::load(source, &needs(Service::All)) {
        Ok(settings) => vec![well("every setting is legal, and none is missing"), keys(&settings)],
        Err(error) => error.problems().iter().map(|problem| failure(problem, remedy(problem))).collect(),
    };
    let unknown = source.unknown_variables().iter();
    findings.extend(unknown.map(|name| note(format!("{name} is set, but is no setting of ours: misspelt?"))));
    (findings, Settings::load(source, &[]).ok())
}

/// Whether tokens of the LMS can be verified.
fn keys(settings: &Settings) -> Finding {
    match settings.http.auth() {
        Ok(auth) if auth.is_open() => note(
            "neither keys of tokens nor LP_API_TOKEN is set: the APIs are open on loopback, and nobody can change \
             anything",
        ),
        Ok(_) => well("keys of tokens can be used"),
        Err(error) => failure(
            format!("{error:#}"),
            "take the JSON of the LMS's JWT_PUBLIC_SIGNING_JWK_SET; docs/operating.md says how",
        ),
    }
}

fn remedy(problem: &str) -> String {
    let name = problem.split([' ', ':']).next().unwrap_or_default();
    if name.starts_with("LP_") {
        format!("set {name} in the environment or in the file of LP_CONFIG_FILE; docs/operating.md says how")
    } else {
        "correct the file that LP_CONFIG_FILE names; docs/operating.md lists its keys".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_setting_and_a_misspelt_one_are_both_told() {
        let source = Source::new([("LP_KAFKA_TOPIC", "x"), ("LP_API_TOKEN", "short")], None);
        let (findings, settings) = check(&source);
        let text = format!("{findings:?}");
        assert!(
            text.contains("LP_KAFKA_TOPIC is set, but") && text.contains("LP_DATABASE_URL is not set"),
            "{text}"
        );
        assert!(text.contains("LP_API_TOKEN is too short"), "{text}");
        assert!(settings.is_none(), "nothing else can be checked with a wrong value");
    }
}
