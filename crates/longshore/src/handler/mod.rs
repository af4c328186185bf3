//! What is done with a message: the [`Handler`] trait, and the two handlers that need no Rust, a
//! command and an HTTP call. Knows nothing of SQS calls, leases or slots.

#[cfg(feature = "command")]
mod command;
#[cfg(all(feature = "command", feature = "http"))]
mod configured;
mod context;
#[cfg(feature = "http")]
mod http;
#[cfg(any(feature = "command", feature = "http"))]
mod timestamp;
mod verdict;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

#[cfg(feature = "http")]
pub use self::http::{HttpError, HttpHandler};
#[cfg(feature = "command")]
pub use command::{CommandError, CommandHandler};
#[cfg(all(feature = "command", feature = "http"))]
pub use configured::{HandlerError, from_config};
pub use context::Context;
pub use verdict::{IntoVerdict, Verdict};

use crate::queue::Message;

/// Handles the messages of a queue. An async function or closure of `(Message, Context)` is one:
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
/// # Promises
/// - The message stays invisible to others while the handler runs, for up to SQS's 12 hours: its
///   visibility timeout is extended in the background.
/// - At the deadline, at the end of the shutdown's grace, and when the lease is lost, the handler is
///   told by [`Context::stopping`]; it then has [`Context::wind_down`] before its future is dropped
///   at whatever await it stands. What it returns in that time still counts.
/// - A panic is caught, counted, and the message retried; it ends nothing else.
///
/// # What it must not do
/// Block its thread: heartbeats run on the same runtime. Use `tokio::task::spawn_blocking`.
pub trait Handler: Send + Sync + 'static {
    /// Handles one receive of one message. The same message may come again: SQS delivers at least once.
    fn handle(&self, message: Message, context: Context) -> impl Future<Output = Verdict> + Send;
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

/// A handler of any kind, shared by all messages of a queue.
#[derive(Clone)]
pub struct AnyHandler(Arc<dyn Erased>);

impl AnyHandler {
    /// Wraps a handler so that queues with different ones can live in one worker.
    pub fn new(handler: impl Handler) -> Self {
        Self(Arc::new(handler))
    }
}

impl Handler for AnyHandler {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        self.0.handle_erased(message, context).await
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
}

impl<H: Handler> Erased for H {
    fn handle_erased(
        &self,
        message: Message,
        context: Context,
    ) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        Box::pin(self.handle(message, context))
    }
}
