//! Dashboards and alerts: what they ask for is there, and what Grafana wants of a file is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use promql_parser::parser::{self, AggregateExpr, Expr, VectorSelector};
use promql_parser::util::{ExprVisitor, walk_expr};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn dashboards() -> Vec<(String, Value)> {
    let files = fs::read_dir(root().join("deploy/grafana/dashboards")).unwrap();
    let read = |file: fs::DirEntry| {
        let name = file.file_name().into_string().unwrap();
        (name, serde_json::from_str(&fs::read_to_string(file.path()).unwrap()).unwrap())
    };
    files.map(|file| read(file.unwrap())).collect()
}

fn all(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Metrics and labels by which the code counts: what stands in the source between quotes.
fn counted() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    let mut folders: Vec<PathBuf> = ["crates", "services"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path).unwrap();
                let mut pieces = text.split('"').peekable();
                while let Some(piece) = pieces.next() {
                    if piece.starts_with("lp_") {
                        metrics.insert(piece.to_owned());
                    }
                    if pieces.peek().is_some_and(|after| after.starts_with(" => ")) {
                        labels.insert(piece.to_owned());
                    }
                }
            }
        }
    }
    (metrics, labels)
}

/// What an expression asks for.
#[derive(Default)]
struct Asked {
    metrics: BTreeSet<String>,
    labels: BTreeSet<String>,
}

impl ExprVisitor for Asked {
    type Error = Infallible;

    fn pre_visit(&mut self, expr: &Expr) -> Result<bool, Infallible> {
        let selector = |selector: &VectorSelector, asked: &mut Self| {
            asked.metrics.extend(selector.name.clone());
            asked.labels.extend(selector.matchers.matchers.iter().map(|matcher| matcher.name.clone()));
        };
        match expr {
            Expr::VectorSelector(one) => selector(one, self),
            Expr::MatrixSelector(one) => selector(&one.vs, self),
            Expr::Aggregate(AggregateExpr { modifier: Some(modifier), .. }) => {
                self.labels.extend(modifier.labels().labels.iter().cloned());
            }
            _ => {}
        }
        Ok(true)
    }
}

/// Every query for Prometheus, with where it stands.
fn queries() -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for (name, dashboard) in dashboards() {
        for panel in all(&dashboard["panels"]) {
            for expr in all(&panel["targets"]).filter_map(|target| target["expr"].as_str()) {
                let expr = expr.replace("$__rate_interval", "5m").replace("$job", ".*");
                queries.push((format!("{name}: {}", panel["title"]), expr));
            }
        }
    }
    let alerts = fs::read_to_string(root().join("deploy/prometheus/alerts.yml")).unwrap();
    let alerts: Value = serde_saphyr::from_str(&alerts).unwrap();
    for rule in all(&alerts["groups"]).flat_map(|group| all(&group["rules"])) {
        assert!(rule["annotations"]["summary"].is_string(), "{rule}");
        queries.push((format!("alert {}", rule["alert"]), rule["expr"].as_str().unwrap().to_owned()));
    }
    queries
}

#[test]
fn every_query_is_promql_over_metrics_and_labels_that_there_are() {
    let (metrics, mut labels) = counted();
    // Those that Prometheus gives.
    labels.extend(["le", "job", "instance"].map(String::from));
    let queries = queries();
    assert!(queries.len() > 30, "{}", queries.len());
    let mut asked = BTreeSet::new();
    for (place, query) in queries {
        let expr = parser::parse(&query).unwrap_or_else(|error| panic!("{place}: {query}: {error}"));
        let mut of_query = Asked::default();
        walk_expr(&mut of_query, &expr).unwrap();
        for metric in of_query.metrics.into_iter().filter(|metric| metric != "up") {
            let base = metric.strip_suffix("_bucket").unwrap_or(&metric).to_owned();
            assert!(metrics.contains(&base), "{place}: nothing counts {metric}");
            asked.insert(base);
        }
        let unknown: Vec<_> = of_query.labels.difference(&labels).collect();
        assert!(unknown.is_empty(), "{place}: no such labels: {unknown:?}");
    }
    // How large batches are says little by itself.
    let left_out =
        BTreeSet::from(["lp_consumer_batch_messages".to_owned(), "lp_test_things_total".to_owned()]);
    let shown: BTreeSet<_> = asked.union(&left_out).cloned().collect();
    let is_metric = |name: &&String| {
        ["_total", "_seconds", "_lag", "_depth", "_parked", "_open", "_listening"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let unseen: Vec<_> = metrics.iter().filter(is_metric).filter(|metric| !shown.contains(*metric)).collect();
    assert!(unseen.is_empty(), "on no dashboard: {unseen:?}");
}

#[test]
fn every_dashboard_is_of_the_form_that_grafana_loads() {
    let dashboards = dashboards();
    assert_eq!(dashboards.len(), 2);
    let mut uids = BTreeSet::new();
    for (name, dashboard) in dashboards {
        assert!(uids.insert(dashboard["uid"].as_str().unwrap().to_owned()), "{name}");
        assert!(dashboard["title"].is_string() && dashboard["schemaVersion"].as_u64() >= Some(41), "{name}");
        assert_eq!(dashboard.get("id"), None, "{name}: Grafana gives ids");
        let variables: BTreeMap<&str, &Value> =
            all(&dashboard["templating"]["list"]).map(|one| (one["name"].as_str().unwrap(), one)).collect();
        let source = variables["datasource"];
        assert_eq!(source["type"], "datasource", "{name}");
        let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
        for panel in all(&dashboard["panels"]) {
            let title = panel["title"].as_str().unwrap();
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{name}: {title}: an id of another panel");
            let at = |side: &str| panel["gridPos"][side].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24, "{name}: {title}: beyond the edge");
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(taken.insert((x, y)), "{name}: {title}: over another panel");
                }
            }
            if panel["type"] == "row" {
                continue;
            }
            assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}: {title}");
            assert!(all(&panel["targets"]).next().is_some(), "{name}: {title}: asks nothing");
            let targets = all(&panel["targets"]).map(|target| &target["datasource"]);
            for named in targets.chain([&panel["datasource"]]) {
                assert_eq!(
                    (&named["uid"], &named["type"]),
                    (&"${datasource}".into(), &source["query"]),
                    "{name}: {title}"
                );
            }
        }
        let text = dashboard.to_string();
        for used in text.split('$').skip(1) {
            let word = used
                .trim_start_matches('{')
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap();
            assert!(word.starts_with("__") || variables.contains_key(word), "{name}: no variable ${word}");
        }
    }
}
