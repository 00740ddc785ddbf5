//! Values parsed by what the table says of them; every problem kept, none ends the reading.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::source::Source;
use super::table::{self, Kind, Setting};

pub(super) struct Reader<'a> {
    source: &'a Source,
    pub(super) problems: Vec<String>,
    #[cfg(test)]
    pub(super) read: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            source,
            problems: source.problems.clone(),
            #[cfg(test)]
            read: vec![],
        }
    }

    pub(super) fn problem(&mut self, name: &str, what: impl std::fmt::Display) {
        self.problems.push(format!("{name} {what}"));
    }

    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let setting = self.row(name)?;
        let value = self.source.get(name).or(setting.default)?.to_owned();
        match check(setting, &value) {
            Ok(()) => Some(value),
            Err(what) => {
                let shown = if setting.is_secret() { String::new() } else { format!(" is {value:?}:") };
                self.problems.push(format!("{name}{shown} {what}"));
                None
            }
        }
    }

    pub(super) fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    pub(super) fn url(&mut self, name: &'static str) -> Option<Url> {
        self.text(name).and_then(|url| url.parse().ok())
    }

    pub(super) fn file(&mut self, name: &'static str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    pub(super) fn list(&mut self, name: &'static str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        split(&text).map(ToOwned::to_owned).collect()
    }

    pub(super) fn listen(&mut self, name: &'static str) -> SocketAddr {
        let address = self.text(name).and_then(|address| address.parse().ok());
        // Only when a problem was noted, and then nothing starts.
        address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    pub(super) fn number<T: TryFrom<u64> + Default>(&mut self, name: &'static str) -> T {
        let number = self.text(name).and_then(|number| number.parse::<u64>().ok());
        number.and_then(|number| T::try_from(number).ok()).unwrap_or_default()
    }

    pub(super) fn millis(&mut self, name: &'static str) -> Duration {
        Duration::from_millis(self.number(name))
    }

    pub(super) fn seconds(&mut self, name: &'static str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    fn row(&mut self, name: &'static str) -> Option<&'static Setting> {
        #[cfg(test)]
        self.read.push(name);
        let row = table::find(name);
        if row.is_none() {
            self.problem(name, "is not in the table of settings");
        }
        row
    }
}

fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

fn check(setting: &Setting, value: &str) -> Result<(), String> {
    let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    match setting.kind {
        Kind::Text | Kind::Secret | Kind::List => must(!value.contains(['\n', '\0']), "must be one line"),
        Kind::Postgres => {
            let url = Url::parse(value).map_err(|_| {
                String::from("must be an address such as postgres://user:password@host:5432/database")
            })?;
            must(matches!(url.scheme(), "postgres" | "postgresql"), "must begin with postgres://")?;
            must(url.path().len() > 1, "must name a database after the host: postgres://host/database")
        }
        Kind::Http => {
            let url = Url::parse(value)
                .map_err(|error| format!("must be an address such as http://host:8081 ({error})"))?;
            must(matches!(url.scheme(), "http" | "https"), "must begin with http:// or https://")?;
            must(
                url.username().is_empty() && url.password().is_none(),
                "must not hold a name and password; set them by their own settings",
            )
        }
        Kind::Hosts => {
            must(split(value).next().is_some(), "must name at least one host:port")?;
            split(value).try_for_each(|host| {
                let port = host
                    .rsplit_once(':')
                    .and_then(|(name, port)| (!name.is_empty()).then(|| port.parse::<u16>().ok()).flatten());
                must(port.is_some_and(|port| port > 0), &format!("{host:?} is not of the form host:port"))
            })
        }
        Kind::Topics => {
            must(split(value).next().is_some(), "must name at least one topic")?;
            split(value).try_for_each(|topic| {
                let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
                must(
                    topic.len() <= 249 && topic.chars().all(legal) && topic != "." && topic != "..",
                    &format!("{topic:?} cannot be the name of a topic"),
                )
            })
        }
        Kind::Origins => split(value).try_for_each(|origin| {
            let url = Url::parse(origin).ok();
            let plain = url.is_some_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
            });
            must(plain, &format!("{origin:?} is not an origin such as https://apps.example.com"))
        }),
        Kind::Listen => must(
            value.parse::<SocketAddr>().is_ok(),
            "must be an IP address and a port, such as 127.0.0.1:8101 or 0.0.0.0:8101",
        ),
        Kind::Number { min, max } => must(
            value.parse::<u64>().is_ok_and(|number| (min..=max).contains(&number)),
            &format!("must be a whole number from {min} to {max}"),
        ),
        Kind::File => {
            std::fs::File::open(value).map(drop).map_err(|error| format!("cannot be read: {error}"))
        }
        Kind::OneOf(words) => must(words.contains(&value), &format!("must be one of {}", words.join(", "))),
        Kind::Filter => value
            .parse::<tracing_subscriber::filter::Targets>()
            .map(drop)
            .map_err(|error| format!("must be a filter such as info or warn,lp_kafka=debug ({error})")),
    }
}
