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
        "purge" => (Action::PurgeQueue, Ok(json!({ "QueueUrl": url }))),
        "redrive" => (Action::StartMessageMoveTask, input.move_task(live)),
        _ => return missing("This server has no such form."),
    };
    let request = match request {
        Ok(request) => request,
        Err(why) => return refused(server, live, StatusCode::BAD_REQUEST, why, &input),
    };
    let parameters = Parameters::Query(request);
    let mut call = Call::without_client(server, action, &host, parameters);
    call.scope = live.scope.clone();
    match actions::perform(&call).await {
        Ok(_) => {
            let page = Link::new(&server.directory.home, &live.scope, &live.name).path;
            see_other(&format!("{page}?done={form}"))
        }
        Err(refusal) => {
            let why = refusal.message().to_owned();
            refused(server, live, response::status(&refusal), why, &input)
        }
    }
}

pub(super) fn see_other(location: &str) -> HttpResponse {
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
    status: StatusCode,
    why: String,
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
    let visit = Visit { problem: Some(why), form, ..Visit::default() };
    html(status, page::queue(server, live, visit))
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

    /// A field with a whole number, or why it is none.
    fn number(&self, name: &str, title: &str) -> Result<Option<Value>, String> {
        let Some(text) = self.given(name) else { return Ok(None) };
        match text.trim().parse::<i64>() {
            Ok(number) => Ok(Some(number.into())),
            Err(_) => Err(format!("{title}: found {text:?}; expected a whole number.")),
        }
    }

    /// The attributes, of which each line has one, or which line has none.
    fn attributes(&self) -> Result<Map<String, Value>, String> {
        let mut attributes = Map::new();
        for line in self.text("attributes").lines().filter(|line| !line.trim().is_empty()) {
            let Some((name, value)) = line.split_once('=') else {
                return Err(format!(
                    "Message attributes: found {line:?}; expected NAME=VALUE on each line."
                ));
            };
            let attribute = json!({ "DataType": "String", "StringValue": value });
            if attributes.insert(name.trim().to_owned(), attribute).is_some() {
                return Err(format!("Message attributes: {:?} is there twice.", name.trim()));
            }
        }
        Ok(attributes)
    }

    fn message(&self, queue_url: String) -> Result<Value, String> {
        let mut request = json!({ "QueueUrl": queue_url, "MessageBody": self.text("body") });
        let optional = [
            ("DelaySeconds", self.number("delay", "Delay in seconds")?),
            ("MessageGroupId", self.given("group").map(Value::from)),
            ("MessageDeduplicationId", self.given("deduplication-id").map(Value::from)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                request[name] = value;
            }
        }
        let attributes = self.attributes()?;
        if !attributes.is_empty() {
            request["MessageAttributes"] = Value::Object(attributes);
        }
        Ok(request)
    }

    fn move_task(&self, source: &LiveQueue) -> Result<Value, String> {
        let mut request = json!({ "SourceArn": &*source.arn });
        if let Some(arn) = self.given("destination") {
            request["DestinationArn"] = arn.into();
        }
        if let Some(rate) = self.number("rate", "Messages per second")? {
            request["MaxNumberOfMessagesPerSecond"] = rate;
        }
        Ok(request)
    }
}
