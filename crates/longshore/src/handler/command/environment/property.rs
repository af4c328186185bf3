//! Foreign messages as variables: a sender sets no variable but those of its own attributes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use proptest::option;
use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{MAX_SENDER_BYTES, batch_variables, variables};
use crate::handler::Context;
use crate::queue::Message;
use crate::queue::property::message;
use crate::trace::TraceContext;

const ATTRIBUTE: &str = "LONGSHORE_ATTR_";
const OMITTED: &str = "LONGSHORE_OMITTED_ATTRIBUTES";
const TRACE: [&str; 4] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE", "LONGSHORE_TRACE_HEADER"];

fn call(trace: TraceContext) -> Context {
    let (deadline, stopping) = (Instant::now(), CancellationToken::new());
    Context::new("orders".into(), deadline, stopping, Duration::ZERO).with_trace(trace)
}

fn trace() -> impl Strategy<Value = TraceContext> {
    let part = || option::of(foreign_input::hostile_text());
    (part(), part(), part(), part()).prop_map(|(traceparent, tracestate, baggage, xray)| {
        TraceContext { traceparent, tracestate, baggage, xray }
    })
}

/// The variables that a sender cannot change.
fn facts(variables: &BTreeMap<String, String>) -> BTreeMap<&String, &String> {
    let facts = variables.iter().filter(|(name, _)| {
        !name.starts_with(ATTRIBUTE) && **name != OMITTED && !TRACE.contains(&&***name)
    });
    facts.collect()
}

fn is_portable(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
        && bytes.all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// What a variable has to have: the first attribute that becomes this variable and has no NUL.
fn expected<'a>(message: &'a Message, variable: &str) -> Option<&'a str> {
    let becomes = |name: &str| -> String {
        let portable = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        name.chars().map(portable).collect::<String>().to_ascii_uppercase()
    };
    let mut same = message.attributes.iter().filter(|(name, _)| becomes(name) == variable);
    same.find_map(|(_, value)| value.as_text().filter(|text| !text.contains('\0')))
}

#[test]
fn a_sender_sets_only_the_variables_of_its_attributes() {
    let (all_set, left_out) = (Cell::new(0), Cell::new(0));
    proptest!(|(message in message(), trace in trace())| {
        let variables = variables(&message, &call(trace));
        let mut bare = message.clone();
        bare.attributes.clear();
        let alone = super::variables(&bare, &call(TraceContext::NONE));
        prop_assert_eq!(facts(&variables), facts(&alone));

        let (mut bytes, mut attributes) = (0, 0);
        for (name, value) in &variables {
            prop_assert!(is_portable(name), "{:?}", name);
            prop_assert!(!value.contains('\0'), "{} has a NUL", name);
            let own = name.strip_prefix(ATTRIBUTE);
            if let Some(own) = own {
                attributes += 1;
                prop_assert_eq!(Some(&**value), expected(&message, own), "{}", name);
            }
            if own.is_some() || TRACE.contains(&&**name) {
                bytes += name.len() + value.len() + 2;
            }
        }
        prop_assert!(bytes <= MAX_SENDER_BYTES, "{} bytes", bytes);
        let omitted = message.attributes.len() - attributes;
        let reported = variables.get(OMITTED).cloned();
        prop_assert_eq!(reported, (omitted > 0).then(|| omitted.to_string()));
        if !message.attributes.is_empty() {
            let count = if omitted == 0 { &all_set } else { &left_out };
            count.set(count.get() + 1);
        }
    });
    assert!(all_set.get() > 0 && left_out.get() > 0);
}

#[test]
fn the_variables_of_a_batch_can_start_a_process() {
    proptest!(|(messages in 1..20_usize, event in foreign_input::hostile_text(), trace in trace())| {
        for (name, value) in batch_variables(messages, &event, &call(trace)) {
            prop_assert!(is_portable(&name) && !value.contains('\0'), "{}", name);
        }
    });
}
