//! Decides which traces are recorded. A parent-based sampler also uses the linked spans, because
//! otherwise a message that its sender traced would disappear here: each of its spans begins a new
//! trace.

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use super::config::{TraceSampler, TracesConfig};
use super::span::MESSAGE_COUNT;

/// The configured sampler.
pub(crate) fn sampler(config: &TracesConfig) -> impl ShouldSample + 'static {
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
    /// Decides if no sender has.
    root: Sampler,
    /// Whether the decision of a sender is used.
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
        // Metrics count the empty receives. As spans they would be nearly all spans.
        if messages == Some(0) {
            return decided(false);
        }
        let sender = parent.map(|parent| parent.span().span_context().clone());
        let by_sender = sender.as_ref().and_then(decision);
        match by_sender.or_else(|| linked(messages, links)).filter(|_| self.follows) {
            Some(sampled) => {
                let trace_state = sender.map(|sender| sender.trace_state().clone());
                SamplingResult { trace_state: trace_state.unwrap_or_default(), ..decided(sampled) }
            }
            None => self.root.should_sample(parent, trace_id, name, kind, attributes, links),
        }
    }
}

/// The decision of the links. One message uses the first decision: that of its sender, then that of
/// its receive. A request has a link for each message with a span. It is recorded if one of them
/// is. If none is, and a message has no decision, nothing is decided.
fn linked(messages: Option<i64>, links: &[Link]) -> Option<bool> {
    let mut decisions = links.iter().filter_map(|link| decision(&link.span_context));
    let Some(messages) = messages else { return decisions.next() };
    let decisions: Vec<bool> = decisions.collect();
    let all = decisions.len() as i64 >= messages;
    let any = decisions.contains(&true);
    (any || all).then_some(any)
}

/// `Sampled=?` of X-Ray, or a header without it, defers the decision. The propagator sets this flag
/// for that.
const DEFERRED: u8 = 0x02;

fn decision(there: &SpanContext) -> Option<bool> {
    let deferred = there.trace_flags().to_u8() & DEFERRED != 0;
    (there.is_valid() && !deferred).then(|| there.is_sampled())
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
    use opentelemetry::trace::{SpanId, TraceFlags};

    use super::*;

    fn link(is: bool) -> Link {
        flagged(TraceFlags::default().with_sampled(is))
    }

    fn flagged(flags: TraceFlags) -> Link {
        let (trace, span) = (TraceId::from(7), SpanId::from(9));
        Link::with_context(SpanContext::new(trace, span, flags, true, TraceState::default()))
    }

    fn sampled(share: f64, count: Option<i64>, links: &[Link]) -> bool {
        let config = TracesConfig { sampler_arg: share, ..TracesConfig::default() };
        let attributes: Vec<_> =
            count.into_iter().map(|count| KeyValue::new(MESSAGE_COUNT, count)).collect();
        let kind = SpanKind::Consumer;
        let result =
            sampler(&config).should_sample(None, TraceId::from(1), "", &kind, &attributes, links);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn a_message_that_its_sender_traced_is_traced() {
        assert!(sampled(0.0, None, &[link(true)]));
        assert!(sampled(0.0, None, &[link(true), link(false)]));
        assert!(!sampled(1.0, None, &[link(false), link(true)]));
    }

    #[test]
    fn a_deferred_decision_is_no_decision() {
        let open = flagged(TraceFlags::new(DEFERRED));
        assert!(sampled(1.0, None, std::slice::from_ref(&open)));
        assert!(!sampled(0.0, None, std::slice::from_ref(&open)));
        assert!(sampled(0.0, None, &[open, link(true)]), "its receive has decided");
    }

    #[test]
    fn a_request_is_traced_if_one_of_its_messages_is() {
        assert!(sampled(0.0, Some(3), &[link(false), link(true)]));
        assert!(!sampled(1.0, Some(2), &[link(false), link(false)]));
        assert!(sampled(1.0, Some(3), &[link(false), link(false)]));
        assert!(!sampled(0.0, Some(3), &[]));
    }

    #[test]
    fn an_empty_receive_is_never_a_span() {
        assert!(!sampled(1.0, Some(0), &[]));
        assert!(sampled(1.0, None, &[]), "a failed receive is a span");
        let config = TracesConfig { sampler: TraceSampler::AlwaysOn, ..TracesConfig::default() };
        let empty = [KeyValue::new(MESSAGE_COUNT, 0)];
        let kind = SpanKind::Client;
        let result = sampler(&config).should_sample(None, TraceId::from(1), "", &kind, &empty, &[]);
        assert_eq!(result.decision, SamplingDecision::Drop);
    }

    #[test]
    fn a_sampler_that_is_not_parent_based_ignores_links() {
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
