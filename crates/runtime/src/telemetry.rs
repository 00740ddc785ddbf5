//! Logs, traces and metrics of the process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::settings::{Format, TelemetrySettings};

/// Renders the process's metrics as Prometheus text.
pub type MetricsPage = Arc<dyn Fn() -> String + Send + Sync>;

/// What was installed; [`Telemetry::flush`] it at exit.
#[derive(Debug)]
pub struct Telemetry {
    metrics: PrometheusHandle,
    traces: Option<SdkTracerProvider>,
}

/// Bounds of latencies in seconds, from half a millisecond to half a minute.
const SECONDS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Bounds of counts and sizes.
const COUNTS: &[f64] = &[1.0, 5.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0];

impl Telemetry {
    /// Installs logs (on standard error), traces and metrics for the whole process. Once.
    ///
    /// # Errors
    /// When a part is installed already, or the collector's address is not one that can be used.
    pub fn install(settings: &TelemetrySettings, service: &'static str) -> anyhow::Result<Self> {
        let metrics = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
            .set_buckets(COUNTS)?
            .install_recorder()
            .context("cannot install metrics")?;
        let traces = settings.otlp_endpoint.as_ref().map(|url| exporter(url, service)).transpose()?;
        let filter: Targets = settings.log.parse().context("LP_LOG is no filter")?;
        // It warns of characters that no font has, which are of somebody's name.
        let filter = filter.with_target("usvg", LevelFilter::OFF);
        // Without a collector spans are still made, so that a traceparent that came in goes out again.
        let provider = traces.clone().unwrap_or_else(|| SdkTracerProvider::builder().build());
        subscriber(&filter, settings.log_format, &provider, std::io::stderr)
            .try_init()
            .context("cannot install logs")?;
        std::panic::set_hook(Box::new(|panic| {
            // The message of a panic may hold data, so only its place is told.
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panicked");
        }));
        Ok(Self { metrics, traces })
    }

    /// The page of metrics.
    #[must_use]
    pub fn metrics_page(&self) -> MetricsPage {
        let metrics = self.metrics.clone();
        Arc::new(move || {
            metrics.run_upkeep();
            metrics.render()
        })
    }

    /// Sends what traces are left, for two seconds at most. Blocks: call it outside of the async runtime.
    pub fn flush(&self) {
        if let Some(traces) = &self.traces
            && let Err(error) = traces.shutdown_with_timeout(Duration::from_secs(2))
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Log lines by the operator's filter, spans of our own crates whatever it says.
fn subscriber<W>(
    filter: &Targets,
    format: Format,
    provider: &SdkTracerProvider,
    writer: W,
) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = match format {
        Format::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(writer)
            .boxed(),
        Format::Text => fmt::layer().with_writer(writer).with_target(false).boxed(),
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("learning-paths"))
        .with_location(false)
        .with_threads(false);
    tracing_subscriber::registry()
        .with(lines.with_filter(filter.clone()))
        .with(spans.with_filter(ours()))
        // What neither wants must not reach their filters: refused by both, a record of the `log` crate would leave them
        // refusing the next event as well.
        .with(either(filter))
}

/// The crates whose spans are traces; others' (HTTP clients, SQL) may hold data that must not leave.
fn ours() -> Targets {
    Targets::new().with_targets(OURS.map(|target| (target, LevelFilter::INFO)))
}

const OURS: [&str; 2] = ["lp_", "learning_paths"];

/// What `filter` lets through, and what [`ours`] does.
fn either(filter: &Targets) -> Targets {
    let default = filter.default_level().unwrap_or(LevelFilter::OFF);
    let widened = filter.iter().map(|(target, level)| {
        let is_ours = OURS.iter().any(|ours| target.starts_with(ours));
        (target.to_owned(), if is_ours { level.max(LevelFilter::INFO) } else { level })
    });
    Targets::new()
        .with_default(default)
        .with_targets(OURS.map(|target| (target, default.max(LevelFilter::INFO))))
        .with_targets(widened)
}

fn exporter(endpoint: &url::Url, service: &'static str) -> anyhow::Result<SdkTracerProvider> {
    let url = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(url)
        .with_timeout(Duration::from_secs(2))
        .build()
        .context("LP_OTLP_ENDPOINT cannot be used")?;
    let resource = Resource::builder().with_service_name(service).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str, format: Format, act: impl FnOnce()) -> String {
        let (lines, provider) = (Lines::default(), SdkTracerProvider::builder().build());
        let writer = lines.clone();
        let made = subscriber(&filter.parse().unwrap(), format, &provider, move || writer.clone());
        tracing::subscriber::with_default(made, act);
        let lines = lines.0.lock().unwrap().clone();
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn an_error_is_logged_after_a_record_that_nobody_wanted() {
        let record = || tracing::info_span!(target: "another_crate", "refused").metadata().unwrap();
        let metadata = tracing::subscriber::with_default(tracing_subscriber::registry(), record);
        for filter in ["warn", "error", "warn,lp_runtime=info"] {
            let lines = logged(filter, Format::Text, || {
                // As the `log` crate's records do: asked for, refused, never sent.
                tracing::dispatcher::get_default(|dispatch| dispatch.enabled(metadata));
                tracing::error!(target: "lp_test", "seen");
            });
            assert!(lines.contains("seen"), "{filter}: {lines}");
        }
    }

    #[test]
    fn fault_90_no_value_forges_a_line() {
        let lines = logged("info", Format::Json, || {
            let evil = "x\n{\"level\":\"ERROR\",\"message\":\"forged\"}\u{1b}[31m";
            tracing::info!(value = evil, "one line");
        });
        assert_eq!(lines.lines().count(), 1, "{lines}");
        let line: serde_json::Value = serde_json::from_str(&lines).unwrap();
        assert_eq!(line["message"], "one line");
        assert!(!lines.contains('\u{1b}'));
    }
}
