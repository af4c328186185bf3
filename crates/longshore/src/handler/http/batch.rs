//! Several messages in one request: the event of AWS Lambda, and its answer.

use std::time::SystemTime;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::post::HttpHandler;
use super::{RejectStatus, answer, headers};
use crate::handler::batch::{event, failures};
use crate::handler::{BatchHandler, Context, Handler, NotReady, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// The answer for 10,000 messages has less than 1 MiB.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// # Request
/// The body is the event that AWS Lambda passes to a function for SQS: `{"Records": [...]}`. The header
/// `X-Aws-Sqsd-Queue` has the name of the queue, and the trace context is that of the call.
///
/// # Response
/// The body of a 200 says which messages failed:
/// `{"batchItemFailures": [{"itemIdentifier": "MESSAGE ID"}]}`. An empty body, an empty list or `null`
/// means that all are done. If it is not valid, all messages are retried. Any other status, and a
/// request that fails, count for all messages.
impl BatchHandler for HttpHandler {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        match reply(self, messages, &context).await {
            Reply::Body(body) => failures::verdicts(&body, messages),
            Reply::All(verdict) => failures::all(messages, &verdict),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        Handler::check(self).await
    }

    fn can_end(&self, ending: Ending) -> bool {
        Handler::can_end(self, ending)
    }
}

/// What came back for an event.
pub(super) enum Reply {
    /// The body of a 200.
    Body(Vec<u8>),
    /// The verdict of all messages.
    All(Verdict),
}

/// Posts the event with these messages.
pub(super) async fn reply(handler: &HttpHandler, messages: &[Message], context: &Context) -> Reply {
    if context.is_stopping() {
        return Reply::All(Verdict::retry("stopped before the request was sent"));
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(queue) = HeaderValue::from_str(context.queue()) {
        headers.insert("x-aws-sqsd-queue", queue);
    }
    headers.extend(headers::trace(context));
    let request = handler.request(headers).body(event::json(messages, context.queue_arn()));
    tokio::select! {
        biased; // a complete response counts, even if the time is over
        reply = answered(request, &handler.reject_status) => reply,
        () = context.stopping() => {
            Reply::All(Verdict::retry("stopped before the response was complete"))
        }
    }
}

async fn answered(request: RequestBuilder, reject: &RejectStatus) -> Reply {
    match exchange(request).await {
        Ok((StatusCode::OK, _, Some(body))) => Reply::Body(body),
        Ok((StatusCode::OK, _, None)) => {
            Reply::All(Verdict::retry("not a batch answer: it is longer than 8 MiB"))
        }
        Ok((status, headers, _)) => {
            Reply::All(answer::verdict(status, &headers, SystemTime::now(), reject))
        }
        Err(error) => Reply::All(answer::failure(error)),
    }
}

/// The body is `None` if it is too long.
async fn exchange(
    request: RequestBuilder,
) -> reqwest::Result<(StatusCode, HeaderMap, Option<Vec<u8>>)> {
    let mut response = request.send().await?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    Ok((status, headers, body(response).await?))
}

async fn body(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}
