//! W3C trace context (`traceparent`) of messages, in and out.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Makes `span` a child of the span that a message's `traceparent` names, and gives it back. A malformed or missing one
/// changes nothing.
#[must_use]
pub fn span_with_remote_parent(span: Span, traceparent: Option<&str>) -> Span {
    if let Some(traceparent) = traceparent {
        let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
        // Fails only where no trace layer is installed: then there is nothing to carry on.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
    }
    span
}

/// The `traceparent` of the current span, to be sent with what it causes; `None` outside of a trace.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove("traceparent")
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::TracerProvider as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    fn traced(test: impl FnOnce()) {
        let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), test);
    }

    #[test]
    fn what_a_message_causes_belongs_to_its_trace() {
        traced(|| {
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            let span = span_with_remote_parent(tracing::info_span!("message"), Some(parent));
            let out = span.in_scope(current_traceparent).unwrap();
            assert!(out.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{out}");
            assert_ne!(out, parent, "it names our span, not the sender's");
        });
    }

    #[test]
    fn a_malformed_traceparent_begins_a_trace_of_its_own() {
        traced(|| {
            for bad in ["", "00-zz-00-01", "\u{0}", "00-0af7651916cd43dd8448eb211c80319c"] {
                let span = span_with_remote_parent(tracing::info_span!("message"), Some(bad));
                assert!(span.in_scope(current_traceparent).is_some(), "{bad:?}");
            }
        });
    }

    #[test]
    fn outside_of_a_trace_there_is_no_traceparent() {
        assert_eq!(current_traceparent(), None);
    }
}
