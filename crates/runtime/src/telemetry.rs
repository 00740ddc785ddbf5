//! Logs, traces and metrics of the process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::settings::TelemetrySettings;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

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
        let lines = match settings.log_format {
            Format::Json => fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .with_writer(std::io::stderr)
                .boxed(),
            Format::Text => fmt::layer().with_writer(std::io::stderr).with_target(false).boxed(),
        };
        // Without a collector spans are still made, so that a traceparent that came in goes out again.
        let provider = traces.clone().unwrap_or_else(|| SdkTracerProvider::builder().build());
        let spans = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("learning-paths"))
            .with_location(false)
            .with_threads(false)
            .with_filter(Targets::new().with_target("lp_", tracing::Level::INFO).with_targets(ours()));
        tracing_subscriber::registry()
            .with(lines.with_filter(filter))
            .with(spans)
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

/// The crates whose spans are traces; others' (HTTP clients, SQL) may hold data that must not leave.
fn ours() -> Vec<(&'static str, tracing::Level)> {
    vec![("learning_paths", tracing::Level::INFO)]
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
