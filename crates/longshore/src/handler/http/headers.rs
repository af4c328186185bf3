//! The headers of a request, with the names of Elastic Beanstalk's worker daemon.
//! <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html>

use std::time::SystemTime;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::handler::{Context, timestamp};
use crate::queue::Message;

/// Servers commonly refuse a header line of 8 KiB, or headers of 16 KiB in total.
const MAX_VALUE_BYTES: usize = 4 * 1024;

/// The headers of a message. A value that is not valid in a header is left out, so that a sender
/// can neither add headers nor prevent the delivery of the message.
pub(super) fn for_message(message: &Message, context: &Context) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in facts(message, context) {
        if let Some(value) = value {
            add(&mut headers, name, &value);
        }
    }
    for (name, value) in &message.attributes {
        if let Some(text) = value.as_text() {
            add(&mut headers, &format!("x-aws-sqsd-attr-{name}"), text);
        }
    }
    headers
}

fn facts(message: &Message, context: &Context) -> [(&'static str, Option<String>); 9] {
    let time = |time: Option<SystemTime>| time.and_then(timestamp::rfc3339);
    let trace = context.trace();
    [
        ("x-aws-sqsd-msgid", Some(message.id.to_string())),
        ("x-aws-sqsd-queue", Some(context.queue().to_owned())),
        ("x-aws-sqsd-receive-count", Some(message.receive_count.to_string())),
        ("x-aws-sqsd-first-received-at", time(message.first_received_at)),
        ("x-aws-sqsd-sent-at", time(message.sent_at)),
        ("traceparent", trace.traceparent.clone()),
        ("tracestate", trace.tracestate.clone()),
        ("baggage", trace.baggage.clone()),
        ("x-amzn-trace-id", trace.xray.clone()),
    ]
}

fn add(headers: &mut HeaderMap, name: &str, value: &str) {
    // `HeaderValue` accepts bytes above ASCII, but servers interpret them differently.
    let plain = value.is_ascii() && value.len() <= MAX_VALUE_BYTES;
    if let (true, Ok(name), Ok(value)) = (plain, name.parse::<HeaderName>(), value.parse()) {
        headers.entry(name).or_insert(value);
    }
}
