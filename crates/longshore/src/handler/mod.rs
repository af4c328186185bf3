//! The [`Handler`] trait, the handlers that need no Rust, and the routes to several handlers.
//! This module knows nothing about requests to SQS, leases or slots.

mod batch;
#[cfg(feature = "command")]
mod command;
mod context;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "lambda")]
mod lambda;
#[cfg(feature = "command")]
mod process;
mod route;
#[cfg(any(feature = "command", feature = "http"))]
mod sender_values;
#[cfg(any(feature = "command", feature = "http"))]
mod shortage;
#[cfg(any(feature = "command", feature = "http"))]
mod timestamp;
#[cfg(any(feature = "command", feature = "http"))]
mod trace_id;
mod verdict;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

#[cfg(feature = "http")]
pub use self::http::{HttpError, HttpHandler, LambdaUrlHandler, RejectStatus, RejectStatusError};
pub use batch::{AnyBatchHandler, BatchHandler};
pub(crate) use batch::{Cut, Handling, InBatch, SharedCall};
#[cfg(feature = "command")]
pub use command::{CommandError, CommandHandler, Stderr};
pub use context::Context;
#[cfg(feature = "lambda")]
pub use lambda::{LambdaError, LambdaFunction, LambdaHandler};
pub use route::{Condition, InvalidPointer, MAX_ROUTES, ROUTE_NAME, Routes, is_route_name};
pub(crate) use route::{Matching, OTHERS, Route};
pub use verdict::{IntoVerdict, NotReady, Verdict};

use crate::outcome::Ending;
use crate::queue::Message;

/// Processes the messages of a queue. An async function or closure of `(Message, Context)` is a
/// handler:
///
/// ```
/// use longshore::{Context, Handler, Message};
///
/// async fn greet(message: Message, _context: Context) -> Result<(), std::io::Error> {
///     println!("hello, {}", message.body);
///     Ok(())
/// }
///
/// fn is_a_handler(_: impl Handler) {}
/// is_a_handler(greet);
/// ```
///
/// # What the worker does
/// - While the handler runs, the worker extends the visibility timeout of the message, for up to
///   the 12 h that SQS allows.
/// - At the timeout, at the end of the shutdown grace, and when the lease is lost,
///   [`Context::stopping`] completes. The handler then has [`Context::wind_down`] before its future
///   is dropped at its current await. A verdict within that time still counts.
/// - A panic is caught and counted, and the message is retried.
///
/// # What a handler must not do
/// A handler must not block its thread, because heartbeats run on the same runtime. Use
/// `tokio::task::spawn_blocking`.
pub trait Handler: Send + Sync + 'static {
    /// Processes one receive of one message. SQS delivers at least once, so the same message can be
    /// redelivered. The future can be dropped at any await.
    fn handle(&self, message: Message, context: Context) -> impl Future<Output = Verdict> + Send;

    /// Checks without a message that the handler can process one. The worker calls this before the
    /// first receive and before a pause of polling ends, so that no message is spent on finding
    /// out. The future can be dropped at any await. By default a handler is always ready.
    ///
    /// # Errors
    /// If the application cannot be reached, or if this machine lacks a resource.
    fn check(&self) -> impl Future<Output = Result<(), NotReady>> + Send {
        std::future::ready(Ok(()))
    }

    /// Ends what the handler has started. The worker calls this once, after the last message of the
    /// queue, and waits at most for the `settle` time of the shutdown. The future can be dropped at
    /// any await. By default there is nothing to end.
    fn close(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Whether a call of this handler can end like this. An ending that cannot occur has no series
    /// in the metrics until it occurs. By default every ending can occur.
    fn can_end(&self, ending: Ending) -> bool {
        let _ = ending;
        true
    }
}

impl<F, Fut> Handler for F
where
    F: Fn(Message, Context) -> Fut + Send + Sync + 'static,
    Fut: Future + Send,
    Fut::Output: IntoVerdict,
{
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        self(message, context).await.into_verdict()
    }
}

/// A handler of any type. Cheap to clone.
#[derive(Clone)]
pub struct AnyHandler(Arc<dyn Erased>);

impl AnyHandler {
    /// Wraps a handler.
    pub fn new(handler: impl Handler) -> Self {
        Self(Arc::new(handler))
    }
}

impl Handler for AnyHandler {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        self.0.handle_erased(message, context).await
    }

    async fn check(&self) -> Result<(), NotReady> {
        self.0.check_erased().await
    }

    async fn close(&self) {
        self.0.close_erased().await;
    }

    fn can_end(&self, ending: Ending) -> bool {
        self.0.can_end_erased(ending)
    }
}

impl std::fmt::Debug for AnyHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnyHandler")
    }
}

trait Erased: Send + Sync {
    fn handle_erased(
        &self,
        message: Message,
        context: Context,
    ) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>>;

    fn check_erased(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>>;

    fn close_erased(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    fn can_end_erased(&self, ending: Ending) -> bool;
}

impl<H: Handler> Erased for H {
    fn handle_erased(
        &self,
        message: Message,
        context: Context,
    ) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        Box::pin(self.handle(message, context))
    }

    fn check_erased(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>> {
        Box::pin(self.check())
    }

    fn close_erased(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.close())
    }

    fn can_end_erased(&self, ending: Ending) -> bool {
        self.can_end(ending)
    }
}
