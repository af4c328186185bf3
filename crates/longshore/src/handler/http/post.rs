//! The HTTP handler.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::headers::SenderHeaders;
use super::periodic::{self, Task};
use super::{RejectStatus, answer, headers};
use crate::handler::{Context, Handler, NotReady, Verdict, shortage, trace_id};
use crate::outcome::Ending;
use crate::queue::Message;

/// Applications recognize the worker daemon of Elastic Beanstalk by this prefix; 2.0 is its version
/// in use.
const USER_AGENT: &str = concat!("aws-sqsd/2.0 longshore/", env!("CARGO_PKG_VERSION"));

/// Like `ConnectTimeout` of Elastic Beanstalk.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Less than the 5 s after which Node.js and Uvicorn close an idle connection. A connection that
/// closes while it is used again costs the message a receive.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Sends each message as a POST request, like the worker daemon of Elastic Beanstalk, so that an
/// application for that daemon works unchanged.
///
/// # Request
/// The body is that of the message, byte for byte. Connections are kept open. Redirects are not
/// followed, and no proxy is used, whatever the environment is.
///
/// | header | value |
/// | --- | --- |
/// | `User-Agent` | begins with `aws-sqsd` |
/// | `Content-Type` | `application/json`, or [`content_type`](Self::content_type) |
/// | `X-Aws-Sqsd-Msgid` | the id that SQS gave the message |
/// | `X-Aws-Sqsd-Queue` | the queue's name |
/// | `X-Aws-Sqsd-Receive-Count` | the number of receives, this one included |
/// | `X-Aws-Sqsd-First-Received-At`, `X-Aws-Sqsd-Sent-At` | ISO 8601, UTC |
/// | `X-Aws-Sqsd-Sender-Id` | the id of the account, user or role that sent the message |
/// | `X-Aws-Sqsd-Attr-<name>` | a `String` or `Number` attribute, unless its name starts with `beanstalk.sqsd.` |
/// | `X-Aws-Sqsd-Taskname`, `-Scheduled-At`, `-Path` | of a [periodic task](Self::runs_periodic_tasks) |
/// | `Traceparent`, `Tracestate`, `Baggage`, `X-Amzn-Trace-Id` | the trace context: [`Context::trace`] |
/// | `Longshore-Omitted-Attributes` | the number of attributes that are not in the headers |
///
/// Missing values are not sent. Binary attributes are left out, and those with a name or value that
/// is not valid in a header: control characters, characters outside ASCII, more than 4 KiB. If two
/// names differ only in case, the first in byte order is sent. Attributes and trace context
/// together have at most 6 KiB of names and values; the largest are left out. If the response is
/// 431, the request is sent once more without attributes.
///
/// # Response
///
/// | status | verdict |
/// | --- | --- |
/// | 200 | [`Done`](Verdict::Done) |
/// | 5xx | [`Outage`](Verdict::Outage): many of them open the circuit breaker |
/// | one of [`reject_status`](Self::reject_status) | [`Reject`](Verdict::Reject) |
/// | any other, 201 and 204 too | [`Retry`](Verdict::Retry) with the queue's back-off |
///
/// `Retry-After` of a 429 or a 5xx lengthens the back-off, to at most 12 hours. A date is compared
/// with the `Date` of the response.
///
/// If the handler cannot connect (refused, unknown host, 5 s timeout), the verdict is
/// [`Unavailable`](Verdict::Unavailable). If the connection breaks before the response is complete,
/// it is [`Outage`](Verdict::Outage). Without a descriptor or memory for the connection, it is
/// [`Shortage`](Verdict::Shortage). The response body is read and discarded. After 64 KiB the
/// status counts, and the connection is closed.
///
/// # Stopping
/// At [`Context::stopping`] the request is dropped at once and its connection is closed.
pub struct HttpHandler {
    client: Client,
    url: Url,
    pub(super) reject_status: RejectStatus,
    content_type: HeaderValue,
    runs_tasks: bool,
    /// Whether a refusal of headers was logged.
    has_warned: AtomicBool,
}

/// Why a URL cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// It is not an `http://` or `https://` URL with a host.
    #[error("not a URL that can be called; write it as http://HOST:PORT/PATH")]
    Url,
    /// The content type is no value of a header.
    #[error("not a content type; write it as application/json")]
    ContentType,
    /// The client cannot be set up: for `https`, mostly because the system has no root
    /// certificates.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
}

impl HttpHandler {
    /// A handler that sends messages to `url`. Opens no connection.
    ///
    /// # Errors
    /// If `url` is not an `http` or `https` URL, or if an `https` client cannot be set up.
    pub fn new(url: &str) -> Result<Self, HttpError> {
        let url = Url::parse(url).map_err(|_| HttpError::Url)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Url);
        }
        let client = client(&url).map_err(|error| HttpError::Client(answer::describe(error)))?;
        let has_warned = AtomicBool::new(false);
        Ok(Self {
            client,
            url,
            reject_status: RejectStatus::default(),
            content_type: HeaderValue::from_static("application/json"),
            runs_tasks: false,
            has_warned,
        })
    }

    /// The `Content-Type` of each request with one message, like `MimeType` of Elastic Beanstalk.
    /// Default: `application/json`.
    ///
    /// # Errors
    /// If it is no valid value of a header.
    pub fn content_type(self, content_type: &str) -> Result<Self, HttpError> {
        let content_type =
            HeaderValue::from_str(content_type).map_err(|_| HttpError::ContentType)?;
        Ok(Self { content_type, ..self })
    }

    /// Whether a message with the attribute `beanstalk.sqsd.path` is a periodic task of Elastic
    /// Beanstalk: a request with an empty body to this path, on the host of the URL. Default: false,
    /// because the sender of a message then chooses the path.
    #[must_use]
    pub fn runs_periodic_tasks(self, runs_tasks: bool) -> Self {
        Self { runs_tasks, ..self }
    }

    /// Rejects messages whose response has one of these statuses. Default: none.
    #[must_use]
    pub fn reject_status(self, reject_status: RejectStatus) -> Self {
        Self { reject_status, ..self }
    }

    pub(super) fn request(&self, headers: HeaderMap) -> RequestBuilder {
        self.client.post(self.url.clone()).headers(headers)
    }

    /// Sends the message. If the server refuses the headers for their size, sends it once more
    /// without what the sender added, because each redelivery would be refused like this one.
    async fn deliver(&self, mut message: Message, context: &Context) -> Verdict {
        let task = if self.runs_tasks { periodic::task(&message, &self.url) } else { Ok(None) };
        let task = match task {
            Ok(task) => task,
            Err(why) => return Verdict::reject(why),
        };
        let body = Bytes::from(std::mem::take(&mut message.body));
        let request = |which| {
            let mut headers = headers::for_message(&message, context, which);
            headers.insert(CONTENT_TYPE, self.content_type.clone());
            match &task {
                None => self.request(headers).body(body.clone()),
                Some(Task { url, headers: of_task }) => {
                    headers.extend(of_task.clone());
                    // An application may read the length, which the client leaves out.
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                    self.client.post(url.clone()).headers(headers)
                }
            }
        };
        let answer = answer::answer_to(request(SenderHeaders::Bounded), &self.reject_status).await;
        if !answer.headers_too_large || message.attributes.is_empty() {
            return answer.verdict;
        }
        self.log_refused_headers(&message, context);
        answer::answer_to(request(SenderHeaders::TraceOnly), &self.reject_status).await.verdict
    }

    /// Logs the first refusal as a warning, because every message of a sender can be refused.
    fn log_refused_headers(&self, message: &Message, context: &Context) {
        let (queue, message_id) = (context.queue(), &*message.id);
        if self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::debug!(queue, message_id, "application refused the headers for their size");
        } else {
            tracing::warn!(
                queue,
                message_id,
                trace_id = trace_id::of(context.trace()),
                attributes = message.attributes.len(),
                advice = "raise the application's limit for headers to 8 KiB or more, or send fewer attributes",
                "application refused the headers for their size; the worker sends messages again without attributes"
            );
        }
    }
}

/// Without the URL, which can contain a password.
impl fmt::Debug for HttpHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpHandler").finish_non_exhaustive()
    }
}

fn client(url: &Url) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(Policy::none())
        .no_proxy();
    // Otherwise the client needs root certificates even for plain HTTP, and many containers have
    // none.
    let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    builder.build()
}

impl Handler for HttpHandler {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        if context.is_stopping() {
            return Verdict::retry("stopped before the request was sent");
        }
        tokio::select! {
            biased; // a complete response counts, even if the time is over
            verdict = self.deliver(message, &context) => verdict,
            () = context.stopping() => Verdict::retry("stopped before the response was complete"),
        }
    }

    /// Opens a connection to the host and closes it, without a request.
    async fn check(&self) -> Result<(), NotReady> {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.url.port_or_known_default().unwrap_or(80);
        match timeout(CONNECT_TIMEOUT, TcpStream::connect((host, port))).await {
            Ok(Ok(_connection)) => Ok(()),
            Ok(Err(error)) if shortage::is_shortage(&error) => {
                Err(NotReady::Shortage(format!("cannot connect to {host}:{port}: {error}")))
            }
            Ok(Err(error)) => {
                Err(NotReady::Unreachable(format!("cannot connect to {host}:{port}: {error}")))
            }
            Err(_elapsed) => Err(NotReady::Unreachable(format!(
                "no connection to {host}:{port} within {} s",
                CONNECT_TIMEOUT.as_secs()
            ))),
        }
    }

    fn can_end(&self, ending: Ending) -> bool {
        match ending {
            Ending::Reject => !self.reject_status.is_empty() || self.runs_tasks,
            other => other != Ending::Panicked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::BatchHandler;
    use crate::label::LabelSet;

    #[test]
    fn a_response_rejects_a_message_only_if_a_status_is_configured() {
        let handler = HttpHandler::new("http://127.0.0.1/").unwrap();
        for &ending in Ending::ALL {
            let expected = !matches!(ending, Ending::Reject | Ending::Panicked);
            assert_eq!(Handler::can_end(&handler, ending), expected, "{ending:?}");
            assert_eq!(BatchHandler::can_end(&handler, ending), expected, "{ending:?}");
        }
        let handler = handler.reject_status(RejectStatus::new([422]).unwrap());
        assert!(Handler::can_end(&handler, Ending::Reject));
        assert!(BatchHandler::can_end(&handler, Ending::Reject));
        assert!(!Handler::can_end(&handler, Ending::Panicked));
    }
}
