//! Reads an HTTP request, performs its action, and injects the faults that affect a whole request.

#[cfg(test)]
mod property;

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::USER_AGENT;
use hyper::http::request::Parts;
use tokio::time::timeout;

use super::bodies::{MAX_BODY_BYTES, Reserved, Unread};
use super::host::host;
use super::origin;
use super::response::{self, HttpResponse};
use super::{routes, target};
use crate::action::Action;
use crate::actions::{self, Call, ServerState};
use crate::faults::Fault;
use crate::pollers::Client;
use crate::protocol::{Parameters, Protocol};
use crate::refusal::{Reason, Refusal};
use crate::scope::Scope;

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
    address: Option<IpAddr>,
    memory: &mut Reserved<'_>,
    limit: Duration,
) -> Result<HttpResponse, Disconnect> {
    let (head, body) = request.into_parts();
    let body = match timeout(limit, memory.read(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(Unread::TooLong)) => return Ok(response::refusal(Protocol::Json, &too_long())),
        Ok(Err(Unread::NoMemory)) => return Ok(response::refusal(Protocol::Json, &no_memory())),
        Ok(Err(Unread::Disconnected)) => return Err(Disconnect::ByClient),
        Err(_elapsed) => return Err(Disconnect::TooSlow),
    };
    answer(server, &head, address, &body).await
}

/// Answers a request that was read to its end.
pub(super) async fn answer(
    server: &ServerState,
    head: &Parts,
    address: Option<IpAddr>,
    body: &Bytes,
) -> Result<HttpResponse, Disconnect> {
    if origin::is_foreign(head) {
        return Ok(origin::refusal());
    }
    if let Some(response) = routes::respond(server, head, body).await {
        return Ok(response);
    }
    match target::find(head, body) {
        Ok((action, parameters)) => perform(server, action, parameters, head, address).await,
        Err(unknown) => Ok(unknown.response()),
    }
}

fn too_long() -> Refusal {
    let message = format!("The body of the request is larger than {MAX_BODY_BYTES} bytes.");
    Refusal::new(Reason::InvalidParameterValueException, message)
}

fn no_memory() -> Refusal {
    let message = "The server has no memory for this request, because open requests use 256 MiB. Send it again later.";
    Refusal::new(Reason::ServiceUnavailableException, message)
}

async fn perform(
    server: &ServerState,
    action: Action,
    parameters: Parameters<'_>,
    head: &Parts,
    address: Option<IpAddr>,
) -> Result<HttpResponse, Disconnect> {
    server.requests.count(action);
    let (faults, protocol) = (&server.faults, parameters.protocol());
    if let Some(latency) = faults.latency(action) {
        tokio::time::sleep(latency).await;
    }
    if faults.injects(action, &Fault::CutConnection) {
        return Err(Disconnect::ByFault);
    }
    if let Some(refusal) = faults.refusal(action) {
        return Ok(response::refusal(protocol, &refusal));
    }
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let host = host(server, &head.headers);
    let scope = Scope::of_request(head, &server.directory.home);
    let client = Client { address, agent: text(USER_AGENT.as_str()) };
    let call = Call { server, action, scope, host: &host, trace: text(TRACE), client, parameters };
    let result = actions::perform(&call).await;
    if faults.injects(action, &Fault::LoseAnswer) {
        return Err(Disconnect::ByFault);
    }
    Ok(match result {
        Ok(result) => response::success(protocol, action, result),
        Err(refusal) => response::refusal(protocol, &refusal),
    })
}
