//! How a context travels: out of a message, and on to whoever handles it.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_aws::trace::XrayPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::config::Propagator;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";
/// The name of X-Ray's header, by which also SQS's `AWSTraceHeader` is known here.
const XRAY: &str = "x-amzn-trace-id";

/// What may bring a context along: a message, in our case.
pub trait Carrier {
    /// The text under this name, in lower case.
    fn text(&self, name: &str) -> Option<&str>;

    /// X-Ray's header.
    fn xray(&self) -> Option<&str>;
}

/// The formats in which contexts are read and written.
pub(super) struct Propagation {
    /// Of places in traces, best first.
    formats: Vec<(Propagator, Format)>,
    /// Baggage is passed on word for word: who only carries it need not read it.
    baggage: bool,
}

type Format = Box<dyn TextMapPropagator + Send + Sync>;

/// What a message brought: where in its sender's trace it was sent, and the baggage.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin(Option<Context>);

/// A context as text, to be passed on to whoever handles a message. What there is none of is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceContext {
    /// W3C's `traceparent`.
    pub traceparent: Option<String>,
    /// W3C's `tracestate`.
    pub tracestate: Option<String>,
    /// W3C's `baggage`.
    pub baggage: Option<String>,
    /// X-Ray's `X-Amzn-Trace-Id`.
    pub xray: Option<String>,
}

impl TraceContext {
    /// Nothing to pass on.
    pub const NONE: Self = Self { traceparent: None, tracestate: None, baggage: None, xray: None };
}

impl Propagation {
    /// By these formats, best first.
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

    /// What a message brought. What makes no sense counts as not there.
    pub(super) fn origin(&self, carrier: &impl Carrier) -> Origin {
        if carrier.text(TRACEPARENT).is_none() && carrier.xray().is_none() {
            return Origin(None);
        }
        let empty = Context::new();
        let mut read = self
            .formats
            .iter()
            .map(|(_, format)| format.extract_with_context(&empty, &Reading(carrier)));
        Origin(read.find(|context| context.span().span_context().is_valid()))
    }

    /// What to pass on where the message is traced: its place `here`, and the baggage that it brought.
    pub(super) fn pass_on(&self, carrier: &impl Carrier, here: &SpanContext) -> TraceContext {
        let context = Context::new().with_remote_span_context(here.clone());
        let mut passed_on = self.brought(carrier);
        for (_, format) in &self.formats {
            format.inject_context(&context, &mut passed_on);
        }
        passed_on
    }

    /// What to pass on where it is not: what it brought, word for word.
    pub(super) fn pass_through(&self, carrier: &impl Carrier) -> TraceContext {
        let mut passed_on = self.brought(carrier);
        if self.formats.iter().any(|(name, _)| *name == Propagator::TraceContext) {
            let text = |name| carrier.text(name).map(str::to_owned);
            (passed_on.traceparent, passed_on.tracestate) = (text(TRACEPARENT), text(TRACESTATE));
        }
        passed_on
    }

    /// What is passed on as it came, whoever traces: baggage, and X-Ray's header where that is no format of
    /// ours, since applications of Elastic Beanstalk expect it.
    fn brought(&self, carrier: &impl Carrier) -> TraceContext {
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
    /// Where the message was sent, in its sender's trace; not valid where it told nothing.
    pub(super) fn span_context(&self) -> SpanContext {
        let context = self.0.as_ref().map(|context| context.span().span_context().clone());
        context.unwrap_or(SpanContext::NONE)
    }

    pub(super) fn context(&self) -> Option<&Context> {
        self.0.as_ref()
    }
}

struct Reading<'a, C>(&'a C);

impl<C: Carrier> Extractor for Reading<'_, C> {
    fn get(&self, key: &str) -> Option<&str> {
        if key == XRAY { self.0.xray() } else { self.0.text(key) }
    }

    fn keys(&self) -> Vec<&str> {
        let all = [TRACEPARENT, TRACESTATE, XRAY];
        all.into_iter().filter(|key| self.get(key).is_some()).collect()
    }
}

impl Injector for TraceContext {
    fn set(&mut self, key: &str, value: String) {
        let place = match key {
            TRACEPARENT => &mut self.traceparent,
            TRACESTATE => &mut self.tracestate,
            XRAY => &mut self.xray,
            _ => return,
        };
        // An empty header says nothing.
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
    struct Post {
        texts: Vec<(&'static str, &'static str)>,
        xray: Option<&'static str>,
    }

    impl Carrier for Post {
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
    fn the_better_format_wins_and_the_other_is_heard_where_it_is_alone() {
        let xray = Some(HEADER);
        let both = Post { texts: vec![(TRACEPARENT, PARENT)], xray };
        assert_eq!(trace_id(&all().origin(&both)), "0af7651916cd43dd8448eb211c80319c");
        let x_ray_first = Propagation::new(&[Propagator::Xray, Propagator::TraceContext]);
        assert_eq!(trace_id(&x_ray_first.origin(&both)), "5759e988bd862e3fe1be46a994272793");
        let alone = Post { xray, ..Post::default() };
        assert_eq!(trace_id(&all().origin(&alone)), "5759e988bd862e3fe1be46a994272793");
    }

    #[test]
    fn nonsense_counts_as_nothing() {
        let nonsense = Post { texts: vec![(TRACEPARENT, "00-xyz")], xray: Some("Root=?") };
        let origin = all().origin(&nonsense);
        assert!(!origin.span_context().is_valid());
    }

    #[test]
    fn where_nobody_traces_the_context_is_passed_on_as_it_came() {
        let texts = vec![(TRACEPARENT, PARENT), (TRACESTATE, "a=b"), (BAGGAGE, "tenant=x")];
        let xray = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a:0");
        let passed_on = all().pass_through(&Post { texts, xray });
        assert_eq!(passed_on.traceparent.as_deref(), Some(PARENT));
        assert_eq!(passed_on.tracestate.as_deref(), Some("a=b"));
        assert_eq!(passed_on.baggage.as_deref(), Some("tenant=x"));
        assert_eq!(passed_on.xray.as_deref(), xray);
    }

    #[test]
    fn where_it_is_traced_the_place_is_passed_on_in_every_format_and_the_baggage_stays() {
        let post = Post { texts: vec![(BAGGAGE, "tenant=x, card,=y")], xray: None };
        let here = all().origin(&Post { texts: vec![(TRACEPARENT, PARENT)], xray: None });
        let passed_on = all().pass_on(&post, &here.span_context());
        assert_eq!(passed_on.traceparent.as_deref(), Some(PARENT));
        assert_eq!(passed_on.baggage.as_deref(), Some("tenant=x, card,=y"));
        let xray = passed_on.xray.unwrap();
        assert!(xray.contains("Root=1-0af76519-16cd43dd8448eb211c80319c"), "{xray}");
        assert!(xray.contains("Parent=b7ad6b7169203331"), "{xray}");
    }

    #[test]
    fn a_format_that_is_not_asked_for_is_neither_read_nor_written() {
        let none = Propagation::new(&[]);
        let post = Post { texts: vec![(TRACEPARENT, PARENT)], xray: Some(HEADER) };
        let origin = none.origin(&post);
        assert!(!origin.span_context().is_valid());
        let here = all().origin(&Post { xray: Some(HEADER), ..Post::default() }).span_context();
        // But for X-Ray's header, which is passed on as it always was.
        let as_it_came = TraceContext { xray: Some(HEADER.into()), ..TraceContext::default() };
        assert_eq!(none.pass_through(&post), as_it_came);
        assert_eq!(none.pass_on(&post, &here), as_it_came);
    }

    #[test]
    fn a_header_that_names_no_place_does_not_hide_a_traceparent() {
        let xray = Some("Root=1-5759e988-bd862e3fe1be46a994272793");
        let post = Post { texts: vec![(TRACEPARENT, PARENT)], xray };
        let x_ray_first = Propagation::new(&[Propagator::Xray, Propagator::TraceContext]);
        assert_eq!(trace_id(&x_ray_first.origin(&post)), "0af7651916cd43dd8448eb211c80319c");
    }
}
