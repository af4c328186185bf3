//! Events of S3. The handler gets them as they are.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::Deserialize;

use super::contents::Contents;
use super::object::{Object, object, time};

/// Every event has this value. A search is cheaper than a parser.
const MARK: &str = "\"aws:s3\"";

/// The same of the test event.
const TEST_MARK: &str = "\"s3:TestEvent\"";

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Object<Record>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_version: String,
    event_source: String,
    event_name: String,
    event_time: String,
    s3: Object<Change>,
}

#[derive(Deserialize)]
struct Change {
    bucket: Object<Bucket>,
    object: Object<Key>,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Key {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TestEvent {
    service: String,
    event: String,
    time: String,
    bucket: String,
}

/// What an event says about itself; `None` if `body` is something else.
pub(super) fn open(body: &str) -> Option<Contents> {
    let event: Event = body.contains(MARK).then(|| object(body)).flatten()?;
    let times: Option<Vec<_>> = event.records.iter().map(|Object(it)| it.checked_time()).collect();
    // At least one record, because a body without any says nothing about its sender.
    let published_at = Some(times?.into_iter().min()?);
    Some(Contents { body: None, attributes: BTreeMap::new(), published_at })
}

/// Whether `body` is what S3 sends when a notification is configured.
pub(super) fn is_test_event(body: &str) -> bool {
    let event: Option<TestEvent> = body.contains(TEST_MARK).then(|| object(body)).flatten();
    event.is_some_and(|event| {
        event.service == "Amazon S3"
            && event.event == "s3:TestEvent"
            && !event.bucket.is_empty()
            && time(&event.time).is_some()
    })
}

impl Record {
    /// The time of the event, if this is a record of S3.
    fn checked_time(&self) -> Option<SystemTime> {
        let Object(Change { bucket: Object(bucket), object: Object(object) }) = &self.s3;
        let is_one = self.event_source == "aws:s3"
            && self.event_version.starts_with("2.")
            && [&self.event_name, &bucket.name, &object.key].iter().all(|text| !text.is_empty());
        is_one.then(|| time(&self.event_time)).flatten()
    }
}
