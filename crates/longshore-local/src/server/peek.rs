//! `/_aws/sqs/messages`: the messages of a queue without a receive, in the form of LocalStack
//! (<https://docs.localstack.cloud/aws/services/sqs/>).

use bytes::Bytes;
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::host::host;
use super::peek_format::{Format, JSON};
use super::response::{HttpResponse, new_response};
use super::target::{FORM, TARGET};
use crate::action::Action;
use crate::actions::{Call, Peek, ServerState, Shown};
use crate::live::DeadLetterQueues as _;
use crate::protocol::{Form, Parameters, Protocol};
use crate::refusal::{Reason, Refusal};
use crate::scope::Scope;

pub(super) const PATH: &str = "/_aws/sqs/messages";

/// `place` is what follows in the path: nothing, or the region, the account and the queue.
pub(super) async fn respond(
    server: &ServerState,
    head: &Parts,
    place: &str,
    body: &Bytes,
) -> HttpResponse {
    if !matches!(head.method, Method::GET | Method::HEAD | Method::POST) {
        return not_allowed();
    }
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let format = match (text(TARGET), text(ACCEPT.as_str())) {
        (Some(_), _) => Format::Aws(Protocol::Json),
        (None, Some(accept)) if accept.contains("json") => Format::Document,
        (None, _) => Format::Aws(Protocol::Query),
    };
    let peek = match peek(server, head, place, body) {
        Ok(peek) => peek,
        Err(refusal) => return format.refusal(&refusal),
    };
    // A large queue takes seconds, in which others are answered.
    match tokio::task::spawn_blocking(move || format.success(&peek)).await {
        Ok(response) => response,
        Err(error) => format.refusal(&Refusal::new(Reason::InternalFailure, error.to_string())),
    }
}

fn peek(server: &ServerState, head: &Parts, place: &str, body: &Bytes) -> Result<Peek, Refusal> {
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
    Peek::new(&queue, shown)
}

fn not_allowed() -> HttpResponse {
    let error = json!({ "error": format!("method not allowed; use GET or POST {PATH}") });
    let mut response = new_response(StatusCode::METHOD_NOT_ALLOWED, JSON, error.to_string());
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
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
        let is_true = |name| {
            form.text(name).is_some_and(|text| text == "1" || text.eq_ignore_ascii_case("true"))
        };
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
