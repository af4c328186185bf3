//! Propagation of trace contexts: from a message to its handler.

#[cfg(test)]
mod property;

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::config::Propagator;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";
/// The name of the X-Ray header, also used for `AWSTraceHeader` of SQS.
const XRAY: &str = "x-amzn-trace-id";

/// A source of a context: a message.
pub trait Carrier {
    /// The text under this name, in lower case.
    fn text(&self, name: &str) -> Option<&str>;

    /// The X-Ray header.
    fn xray(&self) -> Option<&str>;
}

/// The formats in which contexts are read and written.
pub(super) struct Propagation {
    /// The formats of span contexts, by precedence.
    formats: Vec<(Propagator, Format)>,
    /// Whether baggage is passed on. It is passed on unchanged, so it is not parsed.
    baggage: bool,
}

type Format = Box<dyn TextMapPropagator + Send + Sync>;

/// The context of a message: the span of its sender.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin(Option<Context>);

/// A context as text, for the services that a handler calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceContext {
    /// `traceparent` of W3C.
    pub traceparent: Option<String>,
    /// `tracestate` of W3C.
    pub tracestate: Option<String>,
    /// `baggage` of W3C.
    pub baggage: Option<String>,
    /// `X-Amzn-Trace-Id` of X-Ray.
    pub xray: Option<String>,
}

impl TraceContext {
    /// No context.
    pub const NONE: Self = Self { traceparent: None, tracestate: None, baggage: None, xray: None };
}

impl Propagation {
    /// With these formats, by precedence.
    pub(super) fn new(formats: &[Propagator]) -> Self {
        let format = |name: &Propagator| -> Option<(Propagator, Format)> {
            let format: Format = match name {
                Propagator::TraceContext => Box::new(TraceContextPropagator::new()),
                Propagator::Xray => Box::new(XrayPropagator::new()),
                Propagator::Baggage => return None,
            };
            Some((*name, format))
        };
        let baggage = formats.contains(&Propagator::Baggage);
        Self { formats: formats.iter().filter_map(format).collect(), baggage }
    }

    /// The context of a message. An invalid context is ignored.
    pub(super) fn origin(&self, carrier: &impl Carrier) -> Origin {
        if carrier.text(TRACEPARENT).is_none() && carrier.xray().is_none() {
            return Origin(None);
        }
        let empty = Context::new();
        let mut read = self
            .formats
            .iter()
            .map(|(_, format)| format.extract_with_context(&empty, &CarrierExtractor(carrier)));
        Origin(read.find(|context| context.span().span_context().is_valid()))
    }

    /// The context for the handler if its call is traced: the span `here`, and the baggage of the
    /// message.
    pub(super) fn pass_on(&self, carrier: &impl Carrier, here: &SpanContext) -> TraceContext {
        self.write(here, self.unchanged(carrier))
    }

    /// The context of this span alone.
    pub(super) fn written(&self, here: &SpanContext) -> TraceContext {
        self.write(here, TraceContext::default())
    }

    fn write(&self, here: &SpanContext, mut passed_on: TraceContext) -> TraceContext {
        let context = Context::new().with_remote_span_context(here.clone());
        for (_, format) in &self.formats {
            format.inject_context(&context, &mut passed_on);
        }
        passed_on
    }

    /// The context for the handler if its call is not traced: that of the message, unchanged.
    pub(super) fn pass_through(&self, carrier: &impl Carrier) -> TraceContext {
        let mut passed_on = self.unchanged(carrier);
        if self.formats.iter().any(|(name, _)| *name == Propagator::TraceContext) {
            let state = carrier.text(TRACESTATE).filter(|text| is_printable(text));
            passed_on.traceparent = carrier.text(TRACEPARENT).map(str::to_owned);
            passed_on.tracestate = state.map(str::to_owned);
        }
        passed_on
    }

    /// What is always passed on unchanged: baggage, and the X-Ray header, because applications for
    /// Elastic Beanstalk expect it.
    fn unchanged(&self, carrier: &impl Carrier) -> TraceContext {
        let baggage = carrier.text(BAGGAGE).filter(|_| self.baggage).map(str::to_owned);
        let xray = carrier.xray().map(str::to_owned);
        TraceContext { baggage, xray, ..TraceContext::default() }
    }
}

impl std::fmt::Debug for Propagation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Propagation").finish_non_exhaustive()
    }
}

impl Origin {
    /// The span of the sender; invalid if the message has none.
    pub(super) fn span_context(&self) -> SpanContext {
        let context = self.0.as_ref().map(|context| context.span().span_context().clone());
        context.unwrap_or(SpanContext::NONE)
    }

    pub(super) fn context(&self) -> Option<&Context> {
        self.0.as_ref()
    }
}

struct CarrierExtractor<'a, C>(&'a C);

impl<C: Carrier> Extractor for CarrierExtractor<'_, C> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            XRAY => self.0.xray().filter(|header| is_readable(header)),
            TRACEPARENT => self.0.text(key),
            TRACESTATE => self.0.text(key).filter(|text| is_printable(text)),
            // The propagator of X-Ray also asks for a variable of AWS Lambda.
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        let all = [TRACEPARENT, TRACESTATE, XRAY];
        all.into_iter().filter(|key| self.get(key).is_some()).collect()
    }
}

/// Whether the propagator of X-Ray reads this header. It logs every other header as an error, so a
/// sender could fill the log.
fn is_readable(header: &str) -> bool {
    let fields = header.trim().split_terminator(';').filter_map(|field| field.split_once('='));
    let own = ["Root", "Parent", "Sampled"];
    let others = fields.filter(|(name, _)| !own.contains(name));
    let others =
        others.map(|(name, value)| (name.to_ascii_lowercase(), value.trim_start_matches('=')));
    is_printable(header) && TraceState::from_key_value(others).is_ok()
}

/// `tracestate` has no other characters. OpenTelemetry does not check its values, so a span would
/// have them.
/// <https://www.w3.org/TR/trace-context/#value>
fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
}

impl Injector for TraceContext {
    fn set(&mut self, key: &str, value: String) {
        let place = match key {
            TRACEPARENT => &mut self.traceparent,
            TRACESTATE => &mut self.tracestate,
            XRAY => &mut self.xray,
            _ => return,
        };
        // An empty header has no meaning.
        *place = Some(value).filter(|value| !value.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const HEADER: &str =
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    #[derive(Default)]
    struct TestCarrier {
        texts: Vec<(&'static str, &'static str)>,
        xray: Option<&'static str>,
    }

    impl Carrier for TestCarrier {
        fn text(&self, name: &str) -> Option<&str> {
            self.texts.iter().find(|(there, _)| *there == name).map(|(_, text)| *text)
        }

        fn xray(&self) -> Option<&str> {
            self.xray
        }
    }

    fn all() -> Propagation {
        Propagation::new(&[Propagator::TraceContext, Propagator::Baggage, Propagator::Xray])
    }

    fn trace_id(origin: &Origin) -> String {
        origin.span_context().trace_id().to_string()
    }

    #[test]
    fn the_first_format_has_precedence() {
        let xray = Some(HEADER);
        let both = TestCarrier { texts: vec![(TRACEPARENT, PARENT)], xray };
        assert_eq!(trace_id(&all().origin(&both)), "0af7651916cd43dd8448eb211c80319c");
        let x_ray_first = Propagation::new(&[Propagator::Xray, Propagator::TraceContext]);
        assert_eq!(trace_id(&x_ray_first.origin(&both)), "5759e988bd862e3fe1be46a994272793");
        let alone = TestCarrier { xray, ..TestCarrier::default() };
        assert_eq!(trace_id(&all().origin(&alone)), "5759e988bd862e3fe1be46a994272793");
    }

    #[test]
    fn an_invalid_context_is_ignored() {
        let nonsense = TestCarrier { texts: vec![(TRACEPARENT, "00-xyz")], xray: Some("Root=?") };
        let origin = all().origin(&nonsense);
        assert!(!origin.span_context().is_valid());
    }

    #[test]
    fn an_x_ray_header_that_the_propagator_refuses_is_ignored_without_a_log_line() {
        for (header, readable) in [
            (HEADER, true),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:0|b:1;Self=1", true),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;two words=1", false),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Self=a,b", false),
            ("Root=1-5759e988-bd862e3fe1be46a994272793;Self=®", false),
        ] {
            assert_eq!(is_readable(header), readable, "{header}");
            let variable = ("_X_AMZN_TRACE_ID", HEADER);
            let sender = TestCarrier { texts: vec![variable], xray: Some(header) };
            assert_eq!(
                all().origin(&sender).span_context().is_valid(),
                readable && header == HEADER
            );
        }
    }

    #[test]
    fn without_a_trace_the_context_is_passed_on_unchanged() {
        let texts = vec![(TRACEPARENT, PARENT), (TRACESTATE, "a=b"), (BAGGAGE, "tenant=x")];
        let xray = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:0");
        let passed_on = all().pass_through(&TestCarrier { texts, xray });
        assert_eq!(passed_on.traceparent.as_deref(), Some(PARENT));
        assert_eq!(passed_on.tracestate.as_deref(), Some("a=b"));
        assert_eq!(passed_on.baggage.as_deref(), Some("tenant=x"));
        assert_eq!(passed_on.xray.as_deref(), xray);
    }

    #[test]
    fn with_a_trace_the_span_is_passed_on_in_every_format() {
        let post = TestCarrier { texts: vec![(BAGGAGE, "tenant=x, card,=y")], xray: None };
        let here = all().origin(&TestCarrier { texts: vec![(TRACEPARENT, PARENT)], xray: None });
        let passed_on = all().pass_on(&post, &here.span_context());
        assert_eq!(passed_on.traceparent.as_deref(), Some(PARENT));
        assert_eq!(passed_on.baggage.as_deref(), Some("tenant=x, card,=y"));
        let xray = passed_on.xray.unwrap();
        assert!(xray.contains("Root=1-0af76519-16cd43dd8448eb211c80319c"), "{xray}");
        assert!(xray.contains("Parent=b7ad6b7169203331"), "{xray}");
    }

    #[test]
    fn an_unconfigured_format_is_neither_read_nor_written() {
        let none = Propagation::new(&[]);
        let post = TestCarrier { texts: vec![(TRACEPARENT, PARENT)], xray: Some(HEADER) };
        let origin = none.origin(&post);
        assert!(!origin.span_context().is_valid());
        let here = all()
            .origin(&TestCarrier { xray: Some(HEADER), ..TestCarrier::default() })
            .span_context();
        // Except for the X-Ray header, which is always passed on.
        let as_it_came = TraceContext { xray: Some(HEADER.into()), ..TraceContext::default() };
        assert_eq!(none.pass_through(&post), as_it_came);
        assert_eq!(none.pass_on(&post, &here), as_it_came);
    }

    #[test]
    fn an_x_ray_header_without_a_parent_does_not_hide_a_traceparent() {
        let xray = Some("Root=1-5759e988-bd862e3fe1be46a994272793");
        let post = TestCarrier { texts: vec![(TRACEPARENT, PARENT)], xray };
        let x_ray_first = Propagation::new(&[Propagator::Xray, Propagator::TraceContext]);
        assert_eq!(trace_id(&x_ray_first.origin(&post)), "0af7651916cd43dd8448eb211c80319c");
    }
}
