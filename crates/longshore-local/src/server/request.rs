//! Reads an HTTP request, performs its action, and injects the faults that affect a whole request.

#[cfg(test)]
mod property;

use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request};
use tokio::time::timeout;

use super::bodies::{MAX_BODY_BYTES, Reserved, Unread};
use super::control;
use super::response::{self, HttpResponse};
use crate::action::Action;
use crate::actions::{self, Call, ServerState};
use crate::faults::Fault;
use crate::refusal::{Reason, Refusal};

const TARGET: &str = "x-amz-target";
const TRACE: &str = "x-amzn-trace-id";

/// Why a connection closes without a response. hyper closes the connection on this error.
#[derive(Debug, thiserror::Error)]
pub(super) enum Disconnect {
    #[error("an injected fault closed the connection")]
    ByFault,
    #[error("the client disconnected before its request was complete")]
    ByClient,
    #[error("the client did not send the body of its request in time")]
    TooSlow,
}

/// The body of the request must be complete within `limit`. It stays in `memory`.
pub(super) async fn serve(
    server: &ServerState,
    request: Request<Incoming>,
    memory: &mut Reserved<'_>,
    limit: Duration,
) -> Result<HttpResponse, Disconnect> {
    let (head, body) = request.into_parts();
    let body = match timeout(limit, memory.read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(Unread::TooLong)) => return Ok(response::refusal(&too_long())),
        Ok(Err(Unread::NoMemory)) => return Ok(response::refusal(&no_memory())),
        Ok(Err(Unread::Disconnected)) => return Err(Disconnect::ByClient),
        Err(_elapsed) => return Err(Disconnect::TooSlow),
    };
    answer(server, &head, &body).await
}

/// Answers a request that was read to its end.
async fn answer(
    server: &ServerState,
    head: &Parts,
    body: &Bytes,
) -> Result<HttpResponse, Disconnect> {
    if head.uri.path().starts_with(control::PREFIX) {
        return Ok(control::respond(server, &head.method, head.uri.path(), body));
    }
    match action(&head.method, &head.headers) {
        Ok(action) => perform(server, action, &head.headers, body).await,
        Err(NotJson::Query) => Ok(response::query_protocol_refusal()),
        Err(NotJson::Unknown(refusal)) => Ok(response::refusal(&refusal)),
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
    name.and_then(Action::from_name).ok_or_else(|| NotJson::Unknown(unknown(target)))
}

fn too_long() -> Refusal {
    let message = format!("The body of the request is larger than {MAX_BODY_BYTES} bytes.");
    Refusal::new(Reason::InvalidParameterValueException, message)
}

fn no_memory() -> Refusal {
    let message = "The server has no memory for this request, because open requests use 256 MiB. Send it again later.";
    Refusal::new(Reason::ServiceUnavailableException, message)
}

fn unknown(target: &str) -> Refusal {
    let message = format!(
        "Unknown X-Amz-Target {target:?}. Send a POST request with the target AmazonSQS.ACTION, where ACTION is an action of SQS."
    );
    Refusal::new(Reason::UnknownOperationException, message)
}

async fn perform(
    server: &ServerState,
    action: Action,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<HttpResponse, Disconnect> {
    server.requests.count(action);
    let faults = &server.faults;
    if let Some(latency) = faults.latency(action) {
        tokio::time::sleep(latency).await;
    }
    if faults.injects(action, &Fault::CutConnection) {
        return Err(Disconnect::ByFault);
    }
    if let Some(refusal) = faults.refusal(action) {
        return Ok(response::refusal(&refusal));
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
    let result = actions::perform(&Call { server, action, host, trace, body }).await;
    if faults.injects(action, &Fault::LoseAnswer) {
        return Err(Disconnect::ByFault);
    }
    Ok(match result {
        Ok(json) => response::success(json),
        Err(refusal) => response::refusal(&refusal),
    })
}
