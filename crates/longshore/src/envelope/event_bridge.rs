//! Events of EventBridge.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::contents::{Contents, text};
use super::object::{object, time};
use crate::queue::{AttributeContent, AttributeValue};

/// Every event has this key. A search is cheaper than a parser.
const MARK: &str = "\"detail-type\"";

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Event {
    version: String,
    id: String,
    detail_type: String,
    source: String,
    account: String,
    time: String,
    region: String,
    resources: Vec<String>,
    /// As it was sent.
    detail: Box<RawValue>,
    /// Of an event that was replayed from an archive.
    replay_name: Option<String>,
}

/// The contents of an event; `None` if `body` is something else.
pub(super) fn open(body: &str) -> Option<Contents> {
    let event: Event = body.contains(MARK).then(|| object(body)).flatten()?;
    let sent_at = time(&event.time)?;
    let required = [&event.id, &event.detail_type, &event.source, &event.region];
    let is_one = event.version == "0"
        && required.iter().all(|value| !value.is_empty())
        && event.account.len() == 12
        && event.account.bytes().all(|byte| byte.is_ascii_digit())
        && event.detail.get().starts_with('{');
    // A replayed event has the time of its first delivery, so it would always be late.
    let published_at = event.replay_name.is_none().then_some(sent_at);
    let resources = AttributeValue {
        data_type: "String.Array".to_owned(),
        content: AttributeContent::Text(serde_json::to_string(&event.resources).ok()?),
    };
    let written = [
        ("account", Some(event.account)),
        ("detail-type", Some(event.detail_type)),
        ("id", Some(event.id)),
        ("region", Some(event.region)),
        ("replay-name", event.replay_name),
        ("source", Some(event.source)),
        ("time", Some(event.time)),
    ];
    let written = written.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
    let attributes = written.chain([("resources", resources)]);
    let attributes: BTreeMap<_, _> =
        attributes.map(|(name, value)| (format!("eventbridge.{name}"), value)).collect();
    let detail = String::from(Box::<str>::from(event.detail));
    is_one.then_some(Contents { body: Some(detail), attributes, published_at })
}
