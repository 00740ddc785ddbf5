//! Where values come from: the environment over a file.

use std::collections::HashMap;

use super::SettingsError;
use super::table::{self, SETTINGS};

/// Raw values with where they come from, and what was wrong with the file.
#[derive(Default)]
pub struct Source {
    values: HashMap<&'static str, String>,
    pub(super) problems: Vec<String>,
    unknown: Vec<String>,
}

impl Source {
    /// The process's environment and the file that `LP_CONFIG_FILE` names.
    #[must_use]
    pub fn from_process() -> Self {
        // `vars_os`: a variable that is not UTF-8, whosever it is, must not end us.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        });
        let environment: Vec<(String, String)> =
            environment.filter(|(name, _)| name.starts_with("LP_")).collect();
        let path =
            environment.iter().find(|(name, value)| name == table::CONFIG_FILE.name && !value.is_empty());
        let mut unread = None;
        let file = path.and_then(|(name, path)| match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) => {
                unread = Some(format!("{name}: cannot read {path}: {error}"));
                None
            }
        });
        let mut source =
            Self::new(environment.iter().map(|(n, v)| (n.as_str(), v.as_str())), file.as_deref());
        source.problems.extend(unread);
        source
    }

    /// Values of an environment over those of a TOML file. An empty variable counts as not set.
    #[must_use]
    pub fn new<'a>(environment: impl IntoIterator<Item = (&'a str, &'a str)>, file: Option<&str>) -> Self {
        let mut source = Self::default();
        if let Some(file) = file {
            source.read_file(file);
        }
        for (name, value) in environment {
            match table::find(name) {
                Some(setting) if !value.trim().is_empty() => {
                    source.values.insert(setting.name, value.trim().to_owned());
                }
                None if name.starts_with("LP_") && name != table::CONFIG_FILE.name => {
                    source.unknown.push(name.to_owned());
                }
                Some(_) | None => {}
            }
        }
        source.unknown.sort();
        source
    }

    /// Variables that begin with `LP_` and are no setting: perhaps misspelt.
    #[must_use]
    pub fn unknown_variables(&self) -> &[String] {
        &self.unknown
    }

    /// Sets a value, over the environment and the file: the demo's own parts.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn read_file(&mut self, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The message alone: the excerpt that Display adds could show a password.
                let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
                self.problems
                    .push(format!("the configuration file is no TOML, line {line}: {}", error.message()));
                return;
            }
        };
        for (key, value) in table {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.key() == key) else {
                let hint = nearest(&key).map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
                self.problems.push(format!("the configuration file sets {key}, which is no setting{hint}"));
                continue;
            };
            match plain(&value) {
                Some(value) => {
                    self.values.insert(setting.name, value);
                }
                None => self.problems.push(format!(
                    "the configuration file gives {key} a {}; write a text, a number or a list of texts",
                    value.type_str()
                )),
            }
        }
    }
}

/// The value as the environment would have it; lists joined by commas.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.trim().to_owned()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(entries) => {
            let texts: Option<Vec<&str>> = entries.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

/// The key that shares the longest beginning with a misspelt one.
fn nearest(key: &str) -> Option<String> {
    let shared = |other: &str| key.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let best = SETTINGS.iter().map(table::Setting::key).max_by_key(|other| shared(other))?;
    (shared(&best) >= 4).then_some(best)
}

impl From<Vec<String>> for SettingsError {
    fn from(problems: Vec<String>) -> Self {
        Self { problems }
    }
}
