//! The HTTP handler: one message through one POST.

use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};

use super::{answer, headers};
use crate::handler::{Context, Handler, Verdict};
use crate::queue::Message;

/// The worker daemon of Elastic Beanstalk is told by its prefix, and this is the version in the wild.
const USER_AGENT: &str = concat!("aws-sqsd/2.0 longshore/", env!("CARGO_PKG_VERSION"));

/// As Elastic Beanstalk's `ConnectTimeout`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Less than the 5 seconds after which Node.js and Uvicorn close a connection that nobody uses: one
/// that is closed just as it is used again would cost the message a receive.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// POSTs each message to a URL, as the worker daemon of Elastic Beanstalk does, so that an application
/// written for that one runs unchanged.
///
/// # Request
/// The body is the message's, byte for byte. Connections are kept and used again, redirects are not
/// followed, and no proxy is asked, whatever the environment says.
///
/// | header | holds |
/// | --- | --- |
/// | `User-Agent` | begins with `aws-sqsd` |
/// | `Content-Type` | `application/json` |
/// | `X-Aws-Sqsd-Msgid` | the id that SQS gave the message |
/// | `X-Aws-Sqsd-Queue` | the queue's name |
/// | `X-Aws-Sqsd-Receive-Count` | how often it was received, this time included |
/// | `X-Aws-Sqsd-First-Received-At`, `X-Aws-Sqsd-Sent-At` | ISO 8601, UTC |
/// | `X-Aws-Sqsd-Attr-<name>` | a `String` or `Number` attribute |
/// | `Traceparent`, `Tracestate`, `Baggage`, `X-Amzn-Trace-Id` | the place in a trace: [`Context::trace`] |
///
/// What a message does not have is not sent. Left out are binary attributes, and those whose name or
/// value no header can carry: control characters, anything but ASCII, more than 4 KiB. When two names
/// differ in case alone, the one that is first in byte order is sent.
///
/// # Answer
///
/// | status | verdict |
/// | --- | --- |
/// | 200 | [`Done`](Verdict::Done) |
/// | 429 or 503 with `Retry-After` | [`Retry`](Verdict::Retry) after that, at most 12 hours |
/// | any other, 201 and 204 too | [`Retry`](Verdict::Retry) with the queue's back-off |
///
/// When no connection comes about (refused, no such host, 5 seconds without one), the verdict is
/// [`Unavailable`](Verdict::Unavailable); when one breaks before the whole answer is there, it is
/// [`Retry`](Verdict::Retry). An answer is read to its end and discarded; one of more than 64 KiB counts
/// by its status, and costs its connection.
///
/// # Stopping
/// At [`Context::stopping`] the call is given up at once and its connection closed.
pub struct HttpHandler {
    client: Client,
    url: Url,
}

/// Why a URL cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It is none: not `http://` or `https://` and a host.
    #[error("not a URL that can be called; write it as http://HOST:PORT/PATH")]
    Url,
    /// The client cannot be set up: for `https`, as a rule, because the system has no root certificates.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
}

impl HttpHandler {
    /// For a server at `url`. Opens no connection.
    ///
    /// # Errors
    /// When `url` is not of `http` or `https`, or when an `https` client cannot be set up.
    pub fn new(url: &str) -> Result<Self, HttpError> {
        let url = Url::parse(url).map_err(|_| HttpError::Url)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(HttpError::Url);
        }
        let client = client(&url).map_err(|error| HttpError::Client(answer::describe(error)))?;
        Ok(Self { client, url })
    }

    fn request(&self, message: Message, context: &Context) -> RequestBuilder {
        let headers = headers::of(&message, context);
        self.client.post(self.url.clone()).headers(headers).body(message.body)
    }
}

/// Without the URL, which may hold a password.
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
    // Without this a client is refused where there are no root certificates, as in many a container,
    // even for a plain call to the loopback.
    let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    builder.build()
}

impl Handler for HttpHandler {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        if context.is_stopping() {
            return Verdict::retry("stopped before the call was made");
        }
        tokio::select! {
            biased; // an answer that is there counts, even if the time is up
            verdict = answer::to(self.request(message, &context)) => verdict,
            () = context.stopping() => Verdict::retry("stopped before the answer was there"),
        }
    }
}
