//! `/_aws/sqs/messages`: the messages of a queue without a receive, in the form of LocalStack
//! (<https://docs.localstack.cloud/aws/services/sqs/>).

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::host::host;
use super::response::{self, HttpResponse};
use super::target::{FORM, TARGET};
use crate::action::Action;
use crate::actions::{self, Call, ServerState, Shown};
use crate::live::DeadLetterQueues as _;
use crate::protocol::{Form, Parameters, Protocol};
use crate::refusal::{Reason, Refusal};
use crate::scope::Scope;

pub(super) const PATH: &str = "/_aws/sqs/messages";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// How to write the answer.
#[derive(Clone, Copy, Debug)]
enum Format {
    Aws(Protocol),
    /// The XML document as JSON.
    Document,
}

/// `place` is what follows in the path: nothing, or the region, the account and the queue.
pub(super) fn respond(
    server: &ServerState,
    head: &Parts,
    place: &str,
    body: &Bytes,
) -> HttpResponse {
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let format = match (text(TARGET), text(ACCEPT.as_str())) {
        (Some(_), _) => Format::Aws(Protocol::Json),
        (None, Some(accept)) if accept.contains("json") => Format::Document,
        (None, _) => Format::Aws(Protocol::Query),
    };
    match messages(server, head, place, body) {
        Ok(result) => format.success(&result),
        Err(refusal) => format.refusal(&refusal),
    }
}

fn messages(
    server: &ServerState,
    head: &Parts,
    place: &str,
    body: &Bytes,
) -> Result<Value, Refusal> {
    let request = Request::read(head, body)?;
    let parts: Vec<&str> = place.split('/').skip(1).collect();
    let queue = match parts[..] {
        [] | [""] => {
            check_url(&request.queue_url)?;
            let host = host(server, &head.headers);
            let (action, parameters) = (Action::ReceiveMessage, Parameters::Json(b""));
            let mut call = Call::without_client(server, action, &host, parameters);
            call.scope = Scope::of_request(head, &server.directory.home);
            call.queue(&request.queue_url)?
        }
        [region, account, name] => {
            let arn = format!("arn:aws:sqs:{region}:{account}:{name}");
            server.directory.find_arn(&arn).ok_or_else(Refusal::no_such_queue)?
        }
        _ => return Err(Refusal::no_such_queue()),
    };
    let shown = Shown { invisible: request.show_invisible, delayed: request.show_delayed };
    actions::peek(&queue, shown)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Request {
    queue_url: String,
    #[serde(skip)]
    show_invisible: bool,
    #[serde(skip)]
    show_delayed: bool,
}

impl Request {
    /// An AWS client can use the path as its endpoint, so both protocols are read. A receive is the
    /// only action.
    fn read(head: &Parts, body: &Bytes) -> Result<Self, Refusal> {
        let text =
            |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let is_form = text(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with(FORM));
        let query = head.uri.query().unwrap_or_default();
        let form = Form::parse(query, if is_form { body } else { b"" })?;
        let target = text(TARGET);
        let action = target.and_then(|target| target.strip_prefix("AmazonSQS."));
        if action.or(form.text("Action")).is_some_and(|action| action != "ReceiveMessage") {
            let message = "This endpoint only accepts ReceiveMessage calls";
            return Err(Refusal::new(Reason::InvalidRequest, message));
        }
        let is_true = |name| form.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let mut request = match target {
            Some(_) => Parameters::Json(body).read()?,
            None => Self::default(),
        };
        request.show_invisible = is_true("ShowInvisible");
        request.show_delayed = is_true("ShowDelayed");
        if let Some(url) = form.text("QueueUrl") {
            url.clone_into(&mut request.queue_url);
        }
        Ok(request)
    }
}

/// Refuses a URL without an account and a name, as LocalStack does.
fn check_url(url: &str) -> Result<(), Refusal> {
    if url.is_empty() {
        return Err(Refusal::no_such_queue());
    }
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    if path.split('/').skip(1).filter(|part| !part.is_empty()).count() < 2 {
        let message = format!("The address {url} is not valid for this endpoint.");
        return Err(Refusal::new(Reason::InvalidAddress, message));
    }
    Ok(())
}

impl Format {
    fn success(self, result: &Value) -> HttpResponse {
        let action = Action::ReceiveMessage;
        let parameters = match self {
            Self::Aws(Protocol::Json) => Parameters::Json(b""),
            Self::Aws(Protocol::Query) => Parameters::Query(Value::Null),
            Self::Document => {
                return response::with_id(StatusCode::OK, JSON, |id| document(result, id));
            }
        };
        match parameters.write(action, result) {
            Ok(written) => response::success(parameters.protocol(), action, written),
            Err(refusal) => response::refusal(parameters.protocol(), &refusal),
        }
    }

    fn refusal(self, refusal: &Refusal) -> HttpResponse {
        match self {
            Self::Aws(protocol) => response::refusal(protocol, refusal),
            Self::Document => response::with_id(response::status(refusal), JSON, |id| {
                let party = if refusal.shape().senders_fault() { "Sender" } else { "Receiver" };
                let error =
                    json!({ "Type": party, "Code": refusal.code(), "Message": refusal.message() });
                json!({ "ErrorResponse": { "Error": error, "RequestId": id } }).to_string()
            }),
        }
    }
}

/// The XML document as JSON: an element that occurs once is a value, and one that occurs more than
/// once is a list. An empty result is `null`.
fn document(result: &Value, request_id: &str) -> String {
    let messages = result["Messages"].as_array().into_iter().flatten();
    let messages: Vec<Value> = messages.map(message).collect();
    let result = match messages.is_empty() {
        true => Value::Null,
        false => json!({ "Message": once_or_list(messages) }),
    };
    let metadata = json!({ "RequestId": request_id });
    let response = json!({ "ReceiveMessageResult": result, "ResponseMetadata": metadata });
    json!({ "ReceiveMessageResponse": response }).to_string()
}

fn message(message: &Value) -> Value {
    let members = message.as_object().into_iter().flatten().map(|(name, value)| {
        let entries = |element: &str, value: &Map<String, Value>| {
            let entries = value.iter().map(|(name, value)| json!({ "Name": name, "Value": value }));
            (element.to_owned(), once_or_list(entries.collect()))
        };
        match (name.as_str(), value) {
            ("Attributes", Value::Object(map)) => entries("Attribute", map),
            ("MessageAttributes", Value::Object(map)) => entries("MessageAttribute", map),
            _ => (name.clone(), value.clone()),
        }
    });
    Value::Object(members.collect())
}

fn once_or_list(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}
