//! The environment of a process: the facts about its message.

#[cfg(test)]
mod property;

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::handler::process::{PREFIX, TRACE};
use crate::handler::sender_values::{self, SenderValue};
use crate::handler::{Context, timestamp};
use crate::queue::Message;
use crate::trace::TraceContext;

/// What the sender of a message chose may take this number of bytes: half of what Linux accepts
/// for a single variable, and 1/32 of what it accepts for arguments and environment together with
/// the usual stack limit of 8 MiB. <https://man7.org/linux/man-pages/man2/execve.2.html>
const MAX_SENDER_BYTES: usize = 64 * 1024;

/// The variables of a message. What a sender chose is bounded, and left out if it does not fit, so
/// that a sender cannot prevent the process from starting.
pub(super) fn variables(message: &Message, context: &Context) -> BTreeMap<String, String> {
    let facts = facts(message, context).into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| can_be_set(value))?;
        Some((format!("{PREFIX}{name}"), value))
    });
    let mut variables: BTreeMap<String, String> = facts.collect();
    let chosen = sender_values::within(MAX_SENDER_BYTES, chosen_by_sender(message, context));
    let omitted = sender_values::omitted(message.attributes.len(), &chosen);
    if omitted > 0 {
        variables.insert(format!("{PREFIX}OMITTED_ATTRIBUTES"), omitted.to_string());
    }
    for SenderValue { name, value, .. } in chosen {
        variables.entry(name).or_insert_with(|| value.to_owned());
    }
    variables
}

/// The variables of a batch of this number of messages.
pub(super) fn batch_variables(
    messages: usize,
    event: &str,
    context: &Context,
) -> BTreeMap<String, String> {
    let facts = [
        ("QUEUE", context.queue().to_owned()),
        ("BATCH_SIZE", messages.to_string()),
        ("BODY_BYTES", event.len().to_string()),
        ("DEADLINE_SECONDS", seconds_left(context).to_string()),
    ];
    let facts = facts.map(|(name, value)| (format!("{PREFIX}{name}"), value));
    let trace = trace(context).filter_map(|(name, value)| Some((name, value?.to_owned())));
    let trace = trace.filter(|(_, value)| can_be_set(value));
    facts.into_iter().chain(trace).collect()
}

/// The operating system starts no process with a NUL in its environment.
fn can_be_set(value: &str) -> bool {
    !value.contains('\0')
}

/// For `timeout` and `curl --max-time`, 0 means no limit.
fn seconds_left(context: &Context) -> u64 {
    context.remaining().as_secs().max(1)
}

fn facts(message: &Message, context: &Context) -> [(&'static str, Option<String>); 8] {
    let time = |time: Option<SystemTime>| time.and_then(timestamp::rfc3339);
    [
        ("QUEUE", Some(context.queue().to_owned())),
        ("MESSAGE_ID", Some(message.id.to_string())),
        ("BODY_BYTES", Some(message.body.len().to_string())),
        ("RECEIVE_COUNT", Some(message.receive_count.to_string())),
        ("SENT_AT", time(message.sent_at)),
        ("FIRST_RECEIVED_AT", time(message.first_received_at)),
        ("DEADLINE_SECONDS", Some(seconds_left(context).to_string())),
        ("GROUP_ID", message.group_id.clone()),
    ]
}

/// The trace context and the attributes.
fn chosen_by_sender<'a>(
    message: &'a Message,
    context: &'a Context,
) -> impl Iterator<Item = SenderValue<String, &'a str>> {
    let trace = trace(context).map(|(name, value)| (name, value, false));
    let attributes = message
        .attributes
        .iter()
        .map(|(name, value)| (format!("{PREFIX}{}", attribute_name(name)), value.as_text(), true));
    trace.chain(attributes).filter_map(|(name, value, is_attribute)| {
        let value = value.filter(|value| can_be_set(value))?;
        // Next to name and value, the operating system stores `=` and a NUL.
        let bytes = name.len() + value.len() + 2;
        Some(SenderValue { name, value, bytes, is_attribute })
    })
}

/// The trace context.
fn trace(context: &Context) -> impl Iterator<Item = (String, Option<&str>)> {
    let TraceContext { traceparent, tracestate, baggage, xray } = context.trace();
    let trace = TRACE.into_iter().map(str::to_owned).zip([traceparent, tracestate, baggage]);
    let xray = (format!("{PREFIX}TRACE_HEADER"), xray);
    trace.chain([xray]).map(|(name, value)| (name, value.as_deref()))
}

fn attribute_name(name: &str) -> String {
    let portable = |letter: char| match letter.to_ascii_uppercase() {
        upper @ ('A'..='Z' | '0'..='9') => upper,
        _ => '_',
    };
    "ATTR_".chars().chain(name.chars().map(portable)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::queue::{AttributeContent, AttributeValue};

    #[tokio::test(start_paused = true)]
    async fn time_left_is_rounded_down_and_at_least_one_second() {
        let seconds_left = |left: u64| {
            let deadline = Instant::now() + Duration::from_millis(left);
            let stopping = CancellationToken::new();
            let context = Context::new("orders".into(), deadline, stopping, Duration::ZERO);
            variables(&message(), &context)["LONGSHORE_DEADLINE_SECONDS"].clone()
        };
        assert_eq!(seconds_left(2_999), "2");
        assert_eq!(seconds_left(200), "1");
    }

    fn message() -> Message {
        Message::new("id", "receipt", "")
    }

    /// As many bytes as the operating system stores: `NAME=VALUE` and a NUL.
    #[test]
    fn an_attribute_has_the_bytes_of_its_variable() {
        let mut message = message();
        let content = AttributeContent::Text("acme".to_owned());
        let value = AttributeValue { data_type: "String".to_owned(), content };
        message.attributes.insert("tenant".to_owned(), value);
        let context =
            Context::new("orders".into(), Instant::now(), CancellationToken::new(), Duration::ZERO);
        let bytes: Vec<usize> =
            chosen_by_sender(&message, &context).map(|value| value.bytes).collect();
        assert_eq!(bytes, ["LONGSHORE_ATTR_TENANT=acme\0".len()]);
    }

    #[test]
    fn an_attribute_name_becomes_a_portable_variable_name() {
        assert_eq!(attribute_name("tenant.id-2"), "ATTR_TENANT_ID_2");
        assert_eq!(attribute_name("größe"), "ATTR_GR__E");
    }
}
