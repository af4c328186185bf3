//! How the messages of a queue are written: as AWS does in its two protocols, or as LocalStack does
//! for `Accept: application/json`.

use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde_json::{Map, Value, json};

use super::response::{self, HttpResponse};
use crate::action::Action;
use crate::actions::Peek;
use crate::protocol::{Protocol, list_element};
use crate::refusal::Refusal;

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The action whose answer this is.
const ACTION: Action = Action::ReceiveMessage;

/// How to write the answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    Aws(Protocol),
    /// The XML document as JSON.
    Document,
}

impl Format {
    pub(super) fn success(self, peek: &Peek) -> HttpResponse {
        match self {
            Self::Aws(protocol @ Protocol::Json) => {
                response::success(protocol, ACTION, json_result(peek).into_bytes())
            }
            Self::Aws(protocol @ Protocol::Query) => {
                let messages = peek.messages().map(|one| list_element(ACTION, "Messages", &one));
                let name = format!("{}Result", ACTION.name());
                let result = format!("<{name}>{}</{name}>", messages.collect::<String>());
                response::success(protocol, ACTION, result.into_bytes())
            }
            Self::Document => response::with_id(StatusCode::OK, JSON, |id| document(peek, id)),
        }
    }

    pub(super) fn refusal(self, refusal: &Refusal) -> HttpResponse {
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

fn json_result(peek: &Peek) -> String {
    if peek.len() == 0 {
        return "{}".to_owned();
    }
    format!("{{\"Messages\":[{}]}}", joined(peek.messages()))
}

/// The XML document as JSON: an element that occurs once is a value, and one that occurs more than
/// once is a list. An empty result is `null`.
fn document(peek: &Peek, request_id: &str) -> String {
    let messages = joined(peek.messages().map(|one| message(&one)));
    let result = match peek.len() {
        0 => "null".to_owned(),
        1 => format!("{{\"Message\":{messages}}}"),
        _ => format!("{{\"Message\":[{messages}]}}"),
    };
    let metadata = json!({ "RequestId": request_id });
    format!(
        "{{\"ReceiveMessageResponse\":{{\"ReceiveMessageResult\":{result},\
         \"ResponseMetadata\":{metadata}}}}}"
    )
}

/// The texts of the values, with commas.
fn joined(values: impl Iterator<Item = Value>) -> String {
    let mut text = String::new();
    for value in values {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&value.to_string());
    }
    text
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
