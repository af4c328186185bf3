//! Foreign trace contexts: valid ones are kept, invalid ones ignored.

use std::cell::Cell;

use opentelemetry::trace::SpanContext;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{BAGGAGE, Carrier, Propagation, TRACEPARENT, TRACESTATE, TraceContext};
use crate::trace::Propagator;

/// What a message carries.
#[derive(Debug, Clone, Default)]
struct Carried(TraceContext);

impl Carrier for Carried {
    fn text(&self, name: &str) -> Option<&str> {
        let text = match name {
            TRACEPARENT => &self.0.traceparent,
            TRACESTATE => &self.0.tracestate,
            BAGGAGE => &self.0.baggage,
            _ => return None,
        };
        text.as_deref()
    }

    fn xray(&self) -> Option<&str> {
        self.0.xray.as_deref()
    }
}

/// Some valid text, or a text with mutations, or nothing.
fn part(valid: &'static str) -> impl Strategy<Value = Option<String>> {
    option::weighted(0.7, prop_oneof![1 => valid, 1 => foreign_input::text(valid)])
}

fn carried() -> impl Strategy<Value = Carried> {
    let traceparent = part("00-[1-9a-f][0-9a-f]{31}-[1-9a-f][0-9a-f]{15}-0[01]");
    let tracestate = part("([a-z]{1,3}=[0-9a-z]{1,4},){0,3}z@[a-z]{1,3}=[!-+]{1,4}");
    let baggage = part("([a-z]{1,3}=[0-9a-z]{1,4},){0,3}k=v;p");
    let xray = part(
        "(Self=1;)?Root=1-[1-9a-f][0-9a-f]{7}-[0-9a-f]{24};Parent=[1-9a-f][0-9a-f]{15};Sampled=[01?](;Lineage=a:0)?",
    );
    (traceparent, tracestate, baggage, xray).prop_map(|(traceparent, tracestate, baggage, xray)| {
        Carried(TraceContext { traceparent, tracestate, baggage, xray })
    })
}

fn formats() -> impl Strategy<Value = Vec<Propagator>> {
    use Propagator::{Baggage, TraceContext, Xray};
    prop_oneof![
        4 => Just(vec![TraceContext, Baggage, Xray]),
        2 => Just(vec![Xray, TraceContext]),
        2 => Just(vec![TraceContext]),
        2 => Just(vec![Xray]),
        1 => Just(vec![Baggage]),
        1 => Just(Vec::new()),
    ]
}

fn ids(span: &SpanContext) -> (String, String, bool) {
    (span.trace_id().to_string(), span.span_id().to_string(), span.is_sampled())
}

#[test]
fn a_context_that_is_read_is_written_equal() {
    let (valid, invalid) = (Cell::new(0), Cell::new(0));
    proptest!(|(carried in carried(), formats in formats())| {
        let propagation = Propagation::new(&formats);
        let here = propagation.origin(&carried).span_context();
        let unchanged = propagation.pass_through(&carried);
        prop_assert_eq!(&unchanged.xray, &carried.0.xray);
        if !here.is_valid() {
            invalid.set(invalid.get() + 1);
            prop_assert_eq!(here, SpanContext::NONE);
            return Ok(());
        }
        valid.set(valid.get() + 1);
        let written = propagation.pass_on(&carried, &here);
        let baggage = carried.0.baggage.clone().filter(|_| formats.contains(&Propagator::Baggage));
        prop_assert_eq!(&written.baggage, &baggage);
        let again = propagation.origin(&Carried(written.clone())).span_context();
        prop_assert_eq!(ids(&again), ids(&here), "{:?}", written);
        for text in [&written.traceparent, &written.tracestate].into_iter().flatten() {
            let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            prop_assert!(plain, "{:?}", text);
        }
        if formats.first() == Some(&Propagator::TraceContext) && written.tracestate.is_some() {
            prop_assert_eq!(again.trace_state(), here.trace_state());
        }
    });
    assert!(valid.get() > 0 && invalid.get() > 0);
}
