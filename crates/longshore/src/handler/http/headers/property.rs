//! Foreign messages as headers: a sender adds no header but its own attributes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use reqwest::header::HeaderMap;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{MAX_SENDER_BYTES, MAX_TRACE_BYTES, MAX_VALUE_BYTES, SenderHeaders, for_message};
use crate::handler::Context;
use crate::queue::Message;
use crate::queue::property::message;
use crate::trace::TraceContext;

const ATTRIBUTE: &str = "x-aws-sqsd-attr-";
const OMITTED: &str = "longshore-omitted-attributes";
const TRACE: [&str; 4] = ["traceparent", "tracestate", "baggage", "x-amzn-trace-id"];

fn call(trace: TraceContext) -> Context {
    let (deadline, stopping) = (Instant::now(), CancellationToken::new());
    Context::new("orders".into(), deadline, stopping, Duration::ZERO).with_trace(trace)
}

fn trace() -> impl Strategy<Value = TraceContext> {
    let part = || proptest::option::of(foreign_input::hostile_text());
    (part(), part(), part(), part()).prop_map(|(traceparent, tracestate, baggage, xray)| {
        TraceContext { traceparent, tracestate, baggage, xray }
    })
}

/// The headers that a sender cannot change.
fn facts(headers: &HeaderMap) -> BTreeMap<String, Vec<u8>> {
    let facts = headers.iter().filter(|(name, _)| {
        let name = name.as_str();
        !name.starts_with(ATTRIBUTE) && name != OMITTED && !TRACE.contains(&name)
    });
    facts.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect()
}

/// What a header has to have: the first attribute whose name, in lower case, is that of the header
/// and whose value can be sent.
fn expected<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let mut same =
        message.attributes.iter().filter(|(other, _)| other.to_ascii_lowercase() == name);
    same.find_map(|(_, value)| {
        value.as_text().filter(|text| {
            let plain = text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
            plain && text.len() <= MAX_VALUE_BYTES
        })
    })
}

#[test]
fn a_sender_adds_only_its_attributes_to_the_headers() {
    let (all_sent, omitted) = (Cell::new(0), Cell::new(0));
    let bounded = proptest::bool::ANY;
    proptest!(|(message in message(), trace in prop_oneof![trace()], bounded in bounded)| {
        let (which, limit) = match bounded {
            true => (SenderHeaders::Bounded, MAX_SENDER_BYTES),
            false => (SenderHeaders::TraceOnly, MAX_TRACE_BYTES),
        };
        let headers = for_message(&message, &call(trace), which);

        let mut bare = message.clone();
        bare.attributes.clear();
        let alone = for_message(&bare, &call(TraceContext::NONE), which);
        prop_assert_eq!(facts(&headers), facts(&alone));

        let (mut bytes, mut attributes) = (0, 0);
        for (name, value) in &headers {
            let forged = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0) || !byte.is_ascii();
            prop_assert!(!value.as_bytes().iter().any(forged), "{}: {:?}", name, value);
            prop_assert!(headers.get_all(name).iter().count() == 1, "{} occurs twice", name);
            let own = name.as_str().strip_prefix(ATTRIBUTE);
            if let Some(own) = own {
                attributes += 1;
                prop_assert_eq!(value.to_str().ok(), expected(&message, own));
            }
            if own.is_some() || TRACE.contains(&name.as_str()) {
                bytes += name.as_str().len() + value.len();
            }
        }
        prop_assert!(bytes <= limit, "{} bytes", bytes);
        let left_out = message.attributes.len() - attributes;
        let reported = headers.get(OMITTED).map(|value| value.to_str().unwrap().to_owned());
        prop_assert_eq!(reported, (left_out > 0).then(|| left_out.to_string()));
        if bounded && !message.attributes.is_empty() {
            let count = if left_out == 0 { &all_sent } else { &omitted };
            count.set(count.get() + 1);
        }
    });
    assert!(all_sent.get() > 0 && omitted.get() > 0);
}
