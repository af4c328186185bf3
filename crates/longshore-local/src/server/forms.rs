//! The forms of the page: each performs an action of SQS, so the limits and errors are the same.
//! These actions are not counted as requests, and get no faults.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderValue, LOCATION};
use hyper::http::request::Parts;
use serde_json::{Map, Value, json};

use super::host::host;
use super::html::{html, missing};
use super::response::{self, HttpResponse, new_response};
use crate::action::Action;
use crate::actions::{self, Call, ServerState};
use crate::live::LiveQueue;
use crate::page::{self, Form, Link, Visit};
use crate::protocol::Parameters;
use crate::refusal::Refusal;

/// What a form has done, by its name in the path.
pub(super) fn notice(form: &str) -> Option<&'static str> {
    match form {
        "send" => Some("The message is sent."),
        "purge" => Some("The queue is purged."),
        "redrive" => Some("The move task is started."),
        _ => None,
    }
}

/// Performs a form. A browser then opens the page of the queue, so that a reload repeats nothing.
pub(super) async fn respond(
    server: &ServerState,
    head: &Parts,
    live: &Arc<LiveQueue>,
    form: &str,
    body: &Bytes,
) -> HttpResponse {
    let input = Input::parse(body);
    let host = host(server, &head.headers);
    let url = format!("http://{host}/{}/{}", live.scope.account, live.name);
    let (action, request) = match form {
        "send" => (Action::SendMessage, input.message(url)),
        "purge" => (Action::PurgeQueue, json!({ "QueueUrl": url })),
        "redrive" => (Action::StartMessageMoveTask, input.move_task(live)),
        _ => return missing("This server has no such form."),
    };
    let parameters = Parameters::Query(request);
    let mut call = Call::without_client(server, action, &host, parameters);
    call.scope = live.scope.clone();
    match actions::perform(&call).await {
        Ok(_) => {
            let page = Link::new(&server.directory.home, &live.scope, &live.name).path;
            see_other(&format!("{page}?done={form}"))
        }
        Err(refusal) => refused(server, live, &refusal, &input),
    }
}

fn see_other(location: &str) -> HttpResponse {
    let kind = HeaderValue::from_static("text/plain");
    let mut response = new_response(StatusCode::SEE_OTHER, kind, String::new());
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// The page of the queue with the reason, and with the input.
fn refused(
    server: &ServerState,
    live: &Arc<LiveQueue>,
    refusal: &Refusal,
    input: &Input,
) -> HttpResponse {
    let text = |name| input.text(name).to_owned();
    let form = Form {
        body: text("body"),
        delay: text("delay"),
        group: text("group"),
        deduplication_id: text("deduplication-id"),
        attributes: text("attributes"),
    };
    let visit = Visit { problem: Some(refusal.message().to_owned()), form, ..Visit::default() };
    html(response::status(refusal), page::queue(server, live, visit))
}

/// The fields of a form.
struct Input(Vec<(String, String)>);

impl Input {
    /// A browser sends each line end of a text as CR and LF. A user means LF.
    fn parse(body: &[u8]) -> Self {
        let fields = form_urlencoded::parse(body);
        Self(fields.map(|(name, text)| (name.into_owned(), text.replace("\r\n", "\n"))).collect())
    }

    fn text(&self, wanted: &str) -> &str {
        let field = self.0.iter().find(|(name, _)| name == wanted);
        field.map_or("", |(_, text)| text.as_str())
    }

    /// The text of a field that is not empty.
    fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// A field with a number. The action refuses any other text.
    fn number(&self, name: &str) -> Option<Value> {
        let text = self.given(name)?.trim();
        Some(text.parse::<i64>().map_or(Value::from(text), Value::from))
    }

    fn message(&self, queue_url: String) -> Value {
        let mut request = json!({ "QueueUrl": queue_url, "MessageBody": self.text("body") });
        let optional = [
            ("DelaySeconds", self.number("delay")),
            ("MessageGroupId", self.given("group").map(Value::from)),
            ("MessageDeduplicationId", self.given("deduplication-id").map(Value::from)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                request[name] = value;
            }
        }
        let lines = self.text("attributes").lines().filter(|line| !line.trim().is_empty());
        let attributes: Map<String, Value> = lines
            .map(|line| {
                let (name, value) = line.split_once('=').unwrap_or((line, ""));
                (name.to_owned(), json!({ "DataType": "String", "StringValue": value }))
            })
            .collect();
        if !attributes.is_empty() {
            request["MessageAttributes"] = Value::Object(attributes);
        }
        request
    }

    fn move_task(&self, source: &LiveQueue) -> Value {
        let mut request = json!({ "SourceArn": &*source.arn });
        if let Some(arn) = self.given("destination") {
            request["DestinationArn"] = arn.into();
        }
        if let Some(rate) = self.number("rate") {
            request["MaxNumberOfMessagesPerSecond"] = rate;
        }
        request
    }
}
