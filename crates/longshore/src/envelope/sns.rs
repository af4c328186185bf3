//! Notifications of SNS, as a subscription without raw delivery sends them to a queue.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html>

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;

use super::contents::{Contents, text};
use super::object::{Object, object, time};
use crate::queue::{AttributeContent, AttributeValue};

/// Every notification has this key. A search is cheaper than a parser.
const MARK: &str = "\"TopicArn\"";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    r#type: String,
    message_id: String,
    topic_arn: String,
    subject: Option<String>,
    message: String,
    timestamp: String,
    message_attributes: Option<BTreeMap<String, Object<Attribute>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    r#type: String,
    value: String,
}

/// The contents of a notification; `None` if `body` is something else.
pub(super) fn open(body: &str) -> Option<Contents> {
    let notification: Notification = body.contains(MARK).then(|| object(body)).flatten()?;
    let is_one = notification.r#type == "Notification"
        && !notification.message_id.is_empty()
        && is_topic(&notification.topic_arn);
    let published_at = Some(time(&notification.timestamp)?);
    let published = notification.message_attributes.unwrap_or_default();
    let published = published.into_iter().map(|(name, Object(value))| Some((name, value.read()?)));
    let mut attributes = published.collect::<Option<BTreeMap<_, _>>>()?;
    let written = [
        ("sns.message-id", Some(notification.message_id)),
        ("sns.subject", notification.subject),
        ("sns.timestamp", Some(notification.timestamp)),
        ("sns.topic-arn", Some(notification.topic_arn)),
    ];
    let written = written.into_iter().filter_map(|(name, value)| Some((name, value?)));
    attributes.extend(written.map(|(name, value)| (name.to_owned(), text(value))));
    is_one.then_some(Contents { body: Some(notification.message), attributes, published_at })
}

fn is_topic(arn: &str) -> bool {
    let parts: Vec<_> = arn.split(':').collect();
    matches!(parts[..], ["arn", _, "sns", _, _, name] if !name.is_empty())
}

impl Attribute {
    /// `None` if the value is not one of its type.
    fn read(self) -> Option<AttributeValue> {
        let content = match self.r#type.split('.').next() {
            Some("String" | "Number") => AttributeContent::Text(self.value),
            Some("Binary") => AttributeContent::Bytes(BASE64_STANDARD.decode(self.value).ok()?),
            Some(_) | None => return None,
        };
        Some(AttributeValue { data_type: self.r#type, content })
    }
}
