//! Which traces are recorded. A sampler that goes by a parent also goes by what a span links to: else
//! a message that its sender traced would be lost sight of here, as each of its spans begins a trace.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use super::span::MESSAGE_COUNT;
use crate::config::{TraceSampler, TracesConfig};

/// The configured sampler.
pub(in crate::telemetry) fn sampler(config: &TracesConfig) -> impl ShouldSample + 'static {
    let ratio = || Sampler::TraceIdRatioBased(config.sampler_arg);
    let (root, follows) = match config.sampler {
        TraceSampler::AlwaysOn => (Sampler::AlwaysOn, false),
        TraceSampler::AlwaysOff => (Sampler::AlwaysOff, false),
        TraceSampler::Ratio => (ratio(), false),
        TraceSampler::ParentOrAlwaysOn => (Sampler::AlwaysOn, true),
        TraceSampler::ParentOrAlwaysOff => (Sampler::AlwaysOff, true),
        TraceSampler::ParentOrRatio => (ratio(), true),
    };
    BySender { root, follows }
}

#[derive(Debug, Clone)]
struct BySender {
    /// Decides where nobody has.
    root: Sampler,
    /// Whether it matters that somebody has.
    follows: bool,
}

impl ShouldSample for BySender {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let messages = message_count(attributes);
        // Metrics count the empty receives. As spans they would be nearly all there is, idle or not.
        if messages == Some(0) {
            return decided(false);
        }
        let parent = parent.filter(|parent| parent.span().span_context().is_valid());
        match parent.map(|parent| parent.span().span_context().clone()) {
            Some(parent) if self.follows => SamplingResult {
                trace_state: parent.trace_state().clone(),
                ..decided(parent.is_sampled())
            },
            Some(_) | None => match linked(messages, links).filter(|_| self.follows) {
                Some(sampled) => decided(sampled),
                None => self.root.should_sample(None, trace_id, name, kind, attributes, links),
            },
        }
    }
}

/// What the links decide. One message goes by its first: its sender's, else its receive's. A request is
/// worth a look if one of its messages is; if none is, and some message has told nothing, nothing is
/// decided.
fn linked(messages: Option<i64>, links: &[Link]) -> Option<bool> {
    let sampled = |link: &Link| link.span_context.is_sampled();
    match messages {
        None => links.first().map(sampled),
        Some(_) if links.iter().any(sampled) => Some(true),
        Some(messages) => (links.len() as i64 >= messages).then_some(false),
    }
}

fn message_count(attributes: &[KeyValue]) -> Option<i64> {
    let count = attributes.iter().find(|attribute| attribute.key.as_str() == MESSAGE_COUNT)?;
    match count.value {
        Value::I64(count) => Some(count),
        _ => None,
    }
}

fn decided(sampled: bool) -> SamplingResult {
    let decision = if sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
    SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::default() }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags};

    use super::*;

    fn link(sampled: bool) -> Link {
        let flags = TraceFlags::default().with_sampled(sampled);
        let (trace, span) = (TraceId::from(7), SpanId::from(9));
        Link::with_context(SpanContext::new(trace, span, flags, true, TraceState::default()))
    }

    fn decision(share: f64, count: Option<i64>, links: &[Link]) -> bool {
        let config = TracesConfig { sampler_arg: share, ..TracesConfig::default() };
        let attributes: Vec<_> =
            count.into_iter().map(|count| KeyValue::new(MESSAGE_COUNT, count)).collect();
        let kind = SpanKind::Consumer;
        let result =
            sampler(&config).should_sample(None, TraceId::from(1), "", &kind, &attributes, links);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_message_that_its_sender_traced_is_traced_whatever_the_share() {
        assert!(decision(0.0, None, &[link(true)]));
        assert!(decision(0.0, None, &[link(true), link(false)]));
        assert!(!decision(1.0, None, &[link(false), link(true)]));
    }

    #[test]
    fn a_request_is_traced_for_one_message_and_decided_by_share_while_one_has_told_nothing() {
        assert!(decision(0.0, Some(3), &[link(false), link(true)]));
        assert!(!decision(1.0, Some(2), &[link(false), link(false)]));
        assert!(decision(1.0, Some(3), &[link(false), link(false)]));
        assert!(!decision(0.0, Some(3), &[]));
    }

    #[test]
    fn an_empty_receive_is_never_a_span() {
        assert!(!decision(1.0, Some(0), &[]));
        assert!(decision(1.0, None, &[]), "one that failed is");
    }

    #[test]
    fn a_sampler_that_follows_nobody_does_not() {
        let config = TracesConfig { sampler: TraceSampler::AlwaysOff, ..TracesConfig::default() };
        let links = [link(true)];
        let result = sampler(&config).should_sample(
            None,
            TraceId::from(1),
            "",
            &SpanKind::Client,
            &[],
            &links,
        );
        assert_eq!(result.decision, SamplingDecision::Drop);
    }
}
