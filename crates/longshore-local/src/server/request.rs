//! From an HTTP request to an action, and from its result to an HTTP response. This is also where
//! faults strike that concern the whole request.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::{Server, control};
use crate::action::Action;
use crate::actions::{self, Call};
use crate::faults::Fault;
use crate::refusal::{Reason, Refusal};

/// A batch of 1 MiB whose every byte is escaped in JSON, and its wrapping.
const LONGEST_BODY: usize = 8 * 1024 * 1024;
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const TARGET: &str = "x-amz-target";
const TRACE: &str = "x-amzn-trace-id";

pub(super) type Answer = Response<Full<Bytes>>;

/// Why a connection ends without an answer. Returned to hyper, which then closes it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cut {
    #[error("the connection was cut on purpose")]
    OnPurpose,
    #[error("the client went away in the middle of its request")]
    ByClient,
}

pub(super) async fn serve(server: &Server, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Ok(refuse(&too_long())),
        Err(_) => return Err(Cut::ByClient),
    };
    if head.uri.path().starts_with(control::PREFIX) {
        return Ok(control::answer(server, &head.method, head.uri.path(), &body));
    }
    match action(&head.method, &head.headers) {
        Ok(action) => act(server, action, &head.headers, &body).await,
        Err(NotJson::Query) => Ok(refuse_query_protocol()),
        Err(NotJson::Unknown(refusal)) => Ok(refuse(&refusal)),
    }
}

/// Why a request is not an action in the JSON protocol.
enum NotJson {
    Query,
    Unknown(Refusal),
}

fn action(method: &Method, headers: &HeaderMap) -> Result<Action, NotJson> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(target) = text(TARGET) else {
        let form = text(CONTENT_TYPE.as_str())
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        return Err(if form { NotJson::Query } else { NotJson::Unknown(unknown("")) });
    };
    let name = target.strip_prefix("AmazonSQS.").filter(|_| method == Method::POST);
    name.and_then(Action::named).ok_or_else(|| NotJson::Unknown(unknown(target)))
}

fn too_long() -> Refusal {
    let message = format!("A request can have at most {LONGEST_BODY} bytes.");
    Refusal::new(Reason::InvalidParameterValueException, message)
}

fn unknown(target: &str) -> Refusal {
    let message = format!(
        "The local queue answers POST requests whose X-Amz-Target is AmazonSQS and an action, not {target:?}."
    );
    Refusal::new(Reason::UnknownOperationException, message)
}

async fn act(
    server: &Server,
    action: Action,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Answer, Cut> {
    server.requests.count(action);
    let faults = &server.desk.faults;
    if let Some(latency) = faults.latency(action) {
        tokio::time::sleep(latency).await;
    }
    if faults.strikes(action, &Fault::CutConnection) {
        return Err(Cut::OnPurpose);
    }
    if let Some(refusal) = faults.refusal(action) {
        return Ok(refuse(&refusal));
    }
    let address;
    let host = match headers.get(HOST).and_then(|host| host.to_str().ok()) {
        Some(host) => host,
        None => {
            address = server.address.to_string();
            &address
        }
    };
    let trace = headers.get(TRACE).and_then(|trace| trace.to_str().ok());
    let result = actions::answer(&Call { desk: &server.desk, action, host, trace, body }).await;
    if faults.strikes(action, &Fault::LoseAnswer) {
        return Err(Cut::OnPurpose);
    }
    Ok(match result {
        Ok(json) => respond(StatusCode::OK, JSON, json),
        Err(refusal) => refuse(&refusal),
    })
}

fn refuse(refusal: &Refusal) -> Answer {
    let shape = refusal.shape();
    let body = serde_json::json!({ "__type": shape.wire_type(), "message": refusal.message() });
    let status = StatusCode::from_u16(shape.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = respond(status, JSON, body.to_string());
    let blame = if shape.senders_fault() { "Sender" } else { "Receiver" };
    if let Ok(query_error) = HeaderValue::try_from(format!("{};{blame}", shape.code)) {
        answer.headers_mut().insert(QUERY_ERROR, query_error);
    }
    answer
}

/// In the old protocol's own form, so that an SDK that still speaks it shows the sentence.
fn refuse_query_protocol() -> Answer {
    let body = "<?xml version=\"1.0\"?>\
        <ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>\
        <Code>UnsupportedProtocol</Code><Message>The local queue speaks the AWS JSON 1.0 protocol, and this is \
        the older Query protocol. Please use an SDK released since November 2023.</Message></Error></ErrorResponse>";
    respond(StatusCode::BAD_REQUEST, HeaderValue::from_static("text/xml"), body)
}

pub(super) fn respond(status: StatusCode, kind: HeaderValue, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    let mut buffer = uuid::Uuid::encode_buffer();
    let id = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    answer
}
