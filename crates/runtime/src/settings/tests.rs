use std::collections::BTreeSet;

use super::read::Reader;
use super::table::{SETTINGS, Setting};
use super::*;

fn load(environment: &[(&str, &str)], needs: &[Need]) -> Result<Settings, SettingsError> {
    Settings::load(&Source::new(environment.iter().copied(), None), needs)
}

fn problems(environment: &[(&str, &str)], needs: &[Need]) -> Vec<String> {
    load(environment, needs).unwrap_err().problems().to_vec()
}

#[test]
fn nothing_set_gives_the_defaults() {
    let settings = load(&[], &[]).unwrap();
    assert_eq!(settings.http.query_listen, "127.0.0.1:8101".parse().unwrap());
    assert_eq!(settings.shutdown_deadline, Duration::from_secs(20));
    assert_eq!(settings.intake.batch_max_messages, 2000);
    assert_eq!(settings.kafka.topics.len(), 3);
    assert!(settings.databases.progress.is_none());
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    assert_eq!(load(&[("LP_KAFKA_TOPIC_PREFIX", " ")], &[]).unwrap().kafka.topic_prefix, None);
}

#[test]
fn every_wrong_value_is_told_at_once() {
    let told = problems(
        &[
            ("LP_DATABASE_URL", "mysql://host/db"),
            ("LP_CREDENTIALS_DATABASE_URL", "postgres://host"),
            ("LP_KAFKA_BOOTSTRAP_SERVERS", "kafka"),
            ("LP_KAFKA_TOPICS", "fine,not fine"),
            ("LP_KAFKA_SECURITY_PROTOCOL", "TLS"),
            ("LP_SCHEMA_REGISTRY_URL", "registry:8081"),
            ("LP_SCHEMA_REGISTRY_USERNAME", "name"),
            ("LP_BATCH_MAX_MESSAGES", "0"),
            ("LP_POISON_LIMIT", "many"),
            ("LP_QUERY_LISTEN", "localhost"),
            ("LP_LOG_FORMAT", "xml"),
            ("LP_LOG", "lp_kafka=loud"),
            ("LP_KAFKA_CA_FILE", "/does/not/exist.pem"),
            ("LP_API_TOKEN", "short"),
        ],
        &[],
    );
    assert_eq!(told.len(), 14, "{told:#?}");
}

#[test]
fn keys_of_tokens_go_with_whom_and_for_whom_they_are() {
    let key = ("LP_JWT_SECRET_KEY", "a secret of the whole site");
    let told = problems(&[key], &[]);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("LP_JWT_ISSUER") && told[1].starts_with("LP_JWT_AUDIENCE"), "{told:#?}");
    let whom = [("LP_JWT_ISSUER", "https://lms.example.com/oauth2"), ("LP_JWT_AUDIENCE", "openedx, other")];
    let settings = load(&[key, whom[0], whom[1]], &[]).unwrap();
    assert_eq!(settings.http.jwt_audience, ["openedx", "other"]);
    assert!(!settings.http.auth().unwrap().is_open());
    assert!(load(&[], &[]).unwrap().http.auth().unwrap().is_open());
    assert_eq!(problems(&[("LP_JWT_SECRET_KEY", "short"), whom[0], whom[1]], &[]).len(), 1);
    let no_keys = load(&[("LP_JWT_PUBLIC_KEYS", "{}"), whom[0], whom[1]], &[]).unwrap();
    assert!(no_keys.http.auth().is_err());
}

#[test]
fn an_api_beyond_loopback_needs_a_token_or_keys() {
    let world = ("LP_ADMIN_LISTEN", "0.0.0.0:8103");
    assert_eq!(problems(&[world], &[Need::AdminListen]).len(), 1);
    load(&[world, ("LP_API_TOKEN", "long enough for a token")], &[Need::AdminListen]).unwrap();
    let keys = [
        ("LP_JWT_SECRET_KEY", "a secret of the whole site"),
        ("LP_JWT_ISSUER", "x"),
        ("LP_JWT_AUDIENCE", "y"),
    ];
    load(&[world, keys[0], keys[1], keys[2]], &[Need::AdminListen]).unwrap();
}

#[test]
fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
    load(&[("LP_CORS_ORIGINS", "https://apps.example.com, http://localhost:1984")], &[]).unwrap();
    for wrong in ["apps.example.com", "https://apps.example.com/", "https://apps.example.com/x", "*", "null"]
    {
        assert_eq!(problems(&[("LP_CORS_ORIGINS", wrong)], &[]).len(), 1, "{wrong}");
    }
}

#[test]
fn what_a_command_needs_is_told_with_the_rest() {
    let told = problems(
        &[("LP_BATCH_MAX_MESSAGES", "0"), ("LP_DATABASE_URL", "nonsense")],
        &[Need::ProgressDatabase, Need::CredentialsDatabase, Need::EventBus],
    );
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told.contains(&"LP_KAFKA_BOOTSTRAP_SERVERS is not set".to_owned()), "{told:#?}");
    assert!(!told.contains(&"LP_DATABASE_URL is not set".to_owned()), "it is set, to nonsense");
}

#[test]
fn secrets_neither_print_nor_appear_in_problems() {
    let secret = "hunter2-hunter2-hunter2";
    let url = format!("postgres://u:{secret}@host/db");
    let sound = [
        ("LP_DATABASE_URL", url.as_str()),
        ("LP_API_TOKEN", secret),
        ("LP_SCHEMA_REGISTRY_USERNAME", "u"),
        ("LP_SCHEMA_REGISTRY_PASSWORD", secret),
    ];
    assert!(!format!("{:?}", load(&sound, &[]).unwrap()).contains("hunter2"));
    for setting in SETTINGS.iter().filter(|setting| setting.is_secret()) {
        let bad = format!("hunter2\nhunter2 {setting:?}");
        let told = problems(&[(setting.name, &bad)], &[]);
        assert!(!told.join(" ").contains("hunter2"), "{told:?}");
    }
    let told = problems(&[("LP_SCHEMA_REGISTRY_URL", "ftp://u:p@host")], &[]);
    assert_eq!(told.len(), 1);
    let file = format!("database_url = \"{secret}\ntopic = 1");
    let error = Settings::load(&Source::new([], Some(&file)), &[]).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "kafka_group_id = \"file\"\nbatch_max_messages = 7\nkafka_topics = [\"a\", \"b\"]\n";
    let source = Source::new([("LP_KAFKA_GROUP_ID", "environment")], Some(file));
    let settings = Settings::load(&source, &[]).unwrap();
    assert_eq!(settings.kafka.group_id, "environment");
    assert_eq!(settings.intake.batch_max_messages, 7);
    assert_eq!(settings.kafka.topics, ["a", "b"]);
}

#[test]
fn an_unknown_key_of_the_file_is_refused_with_a_hint() {
    let source = Source::new([], Some("databse_url = \"x\"\nquery_listn = \"x\"\nlog = true\n"));
    let told = Settings::load(&source, &[]).unwrap_err().problems().to_vec();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told.iter().any(|problem| problem.contains("did you mean query_listen?")), "{told:#?}");
}

#[test]
fn a_variable_that_is_no_setting_is_found() {
    let source = Source::new([("LP_KAFKA_TOPIC", "x"), ("PATH", "x"), ("LP_CONFIG_FILE", "x")], None);
    assert_eq!(source.unknown_variables(), ["LP_KAFKA_TOPIC"]);
}

#[test]
fn a_login_is_whole_or_absent() {
    let told = problems(&[("LP_KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("LP_KAFKA_SASL_USERNAME", "u")], &[]);
    assert_eq!(told.len(), 2, "{told:#?}");
    let told = problems(&[("LP_KAFKA_SASL_USERNAME", "u")], &[]);
    assert_eq!(told.len(), 1, "{told:#?}");
}

#[test]
fn the_two_databases_are_not_one() {
    let told = problems(
        &[
            ("LP_DATABASE_URL", "postgres://a@host/db"),
            ("LP_CREDENTIALS_DATABASE_URL", "postgresql://b@host:5432/db"),
        ],
        &[],
    );
    assert_eq!(told.len(), 1, "{told:#?}");
}

#[test]
fn listening_to_the_world_needs_a_token() {
    let open = ("LP_QUERY_LISTEN", "0.0.0.0:8101");
    assert!(problems(&[open], &[Need::QueryListen])[0].contains("LP_API_TOKEN"));
    assert!(
        load(&[open], &[Need::CredentialsListen]).is_ok(),
        "another service's address is not ours to judge"
    );
    assert!(load(&[open, ("LP_API_TOKEN", "0123456789abcdef")], &[Need::QueryListen]).is_ok());
}

#[test]
fn the_reader_falls_back_on_the_progress_database() {
    let settings = load(&[("LP_DATABASE_URL", "postgres://host/db")], &[Need::ReaderDatabase]).unwrap();
    assert_eq!(settings.databases.reader().unwrap(), "postgres://host/db");
}

#[test]
fn the_table_and_what_is_read_are_the_same() {
    let source = Source::default();
    let mut reader = Reader::new(&source);
    Settings::read(&mut reader);
    let read: BTreeSet<&str> = reader.read.iter().copied().collect();
    let table: BTreeSet<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(read, table);
    assert_eq!(SETTINGS.len(), table.len(), "no name twice");
    assert_eq!(reader.problems, Vec::<String>::new(), "every default is a legal value");
    assert!(SETTINGS.iter().all(|setting: &Setting| setting.name.starts_with("LP_")));
}

#[test]
fn a_group_consumes_the_prefixed_topics_by_the_settings_of_intake() {
    let environment = [
        ("LP_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092"),
        ("LP_KAFKA_TOPIC_PREFIX", "prod"),
        ("LP_BATCH_MAX_MESSAGES", "7"),
        ("LP_POISON_LIMIT", "9"),
    ];
    let consumer = load(&environment, &[]).unwrap().consumer("group", ["one", "two"]).unwrap();
    assert_eq!(consumer.topics, ["prod-one", "prod-two"]);
    assert_eq!(
        (consumer.group_id.as_str(), consumer.connection.bootstrap_servers.as_str()),
        ("group", "kafka:9092")
    );
    assert_eq!((consumer.batch_max_messages, consumer.poison_limit), (7, 9));
    assert!(load(&[], &[]).unwrap().consumer("group", ["one"]).is_err(), "no broker");
}
