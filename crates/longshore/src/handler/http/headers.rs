//! The headers of a request, with the names of Elastic Beanstalk's worker daemon.
//! <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html>

#[cfg(test)]
mod property;

use std::time::SystemTime;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::periodic;
use crate::handler::sender_values::{self, SenderValue};
use crate::handler::{Context, timestamp};
use crate::queue::Message;

/// Servers commonly refuse a header line of 8 KiB.
const MAX_VALUE_BYTES: usize = 4 * 1024;

/// What the sender of a message chose may take this number of bytes. The smallest limit in common
/// use is 8 KiB for all headers of a request (Tomcat, Gunicorn); Node.js has 16 KiB.
const MAX_SENDER_BYTES: usize = 6 * 1024;

/// Enough for `traceparent` (66 bytes) and for a usual `X-Amzn-Trace-Id`.
const MAX_TRACE_BYTES: usize = 256;

/// Which headers a sender can add to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SenderHeaders {
    /// Attributes and the trace context, up to 6 KiB.
    Bounded,
    /// The trace context only, up to 256 bytes.
    TraceOnly,
}

/// The headers of a message. A value that is not valid in a header is left out, so that a sender
/// can neither add headers nor prevent the delivery of the message.
pub(super) fn for_message(
    message: &Message,
    context: &Context,
    sender_headers: SenderHeaders,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in facts(message, context) {
        if let Some((name, value)) = value.and_then(|value| header(name, &value)) {
            headers.insert(name, value);
        }
    }
    let chosen = chosen_by_sender(message, context);
    let chosen = match sender_headers {
        SenderHeaders::Bounded => sender_values::within(MAX_SENDER_BYTES, chosen),
        SenderHeaders::TraceOnly => {
            sender_values::within(MAX_TRACE_BYTES, chosen.filter(|value| !value.is_attribute))
        }
    };
    let attributes = message.attributes.keys().filter(|name| !periodic::is_reserved(name)).count();
    let omitted = sender_values::omitted(attributes, &chosen);
    if omitted > 0 {
        headers.insert("longshore-omitted-attributes", HeaderValue::from(omitted));
    }
    headers.extend(chosen.into_iter().map(|SenderValue { name, value, .. }| (name, value)));
    headers
}

fn facts(message: &Message, context: &Context) -> [(&'static str, Option<String>); 6] {
    let time = |time: Option<SystemTime>| time.and_then(timestamp::rfc3339);
    [
        ("x-aws-sqsd-msgid", Some(message.id.to_string())),
        ("x-aws-sqsd-queue", Some(context.queue().to_owned())),
        ("x-aws-sqsd-receive-count", Some(message.receive_count.to_string())),
        ("x-aws-sqsd-first-received-at", time(message.first_received_at)),
        ("x-aws-sqsd-sent-at", time(message.sent_at)),
        ("x-aws-sqsd-sender-id", message.sender_id.clone()),
    ]
}

/// The trace context and the attributes.
fn chosen_by_sender<'a>(
    message: &'a Message,
    context: &'a Context,
) -> impl Iterator<Item = SenderValue<HeaderName, HeaderValue>> {
    let trace = trace(context).map(|header| Some((header, false)));
    let attributes = message.attributes.iter().filter(|(name, _)| !periodic::is_reserved(name));
    let attributes = attributes.map(|(name, value)| {
        let name = format!("x-aws-sqsd-attr-{name}");
        Some((header(&name, value.as_text()?)?, true))
    });
    trace.chain(attributes).flatten().map(|((name, value), is_attribute)| {
        let bytes = name.as_str().len() + value.len();
        SenderValue { name, value, bytes, is_attribute }
    })
}

/// The trace context.
pub(super) fn trace(context: &Context) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let trace = context.trace();
    let trace = [
        ("traceparent", &trace.traceparent),
        ("tracestate", &trace.tracestate),
        ("baggage", &trace.baggage),
        ("x-amzn-trace-id", &trace.xray),
    ];
    trace.into_iter().filter_map(|(name, value)| header(name, value.as_deref()?))
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    // `HeaderValue` accepts bytes above ASCII, but servers interpret them differently.
    let plain = value.is_ascii() && value.len() <= MAX_VALUE_BYTES;
    plain.then_some(())?;
    Some((name.parse().ok()?, value.parse().ok()?))
}
