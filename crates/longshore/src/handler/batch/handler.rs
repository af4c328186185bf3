//! The trait of handlers that get several messages in one call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::handler::context::Context;
use crate::handler::verdict::{NotReady, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// Processes several messages of a queue in one call. The worker collects up to `batch.max` messages,
/// for at most `batch.window` after the first. See [`Handler`](crate::Handler) for what the worker
/// does, and for what a handler must not do: all of it holds for each message.
///
/// ```
/// use longshore::{BatchHandler, Context, Message, Verdict};
///
/// struct Insert;
///
/// impl BatchHandler for Insert {
///     async fn handle_batch(&self, messages: &[Message], _context: Context) -> Vec<Verdict> {
///         // One statement for all of them.
///         println!("{} rows", messages.len());
///         messages.iter().map(|_| Verdict::Done).collect()
///     }
/// }
/// ```
pub trait BatchHandler: Send + Sync + 'static {
    /// Processes messages, and returns a verdict for each, in their order. Messages without a verdict
    /// are retried. The deadline is that of the first message. A panic counts for every message. The
    /// future can be dropped at any await.
    fn handle_batch(
        &self,
        messages: &[Message],
        context: Context,
    ) -> impl Future<Output = Vec<Verdict>> + Send;

    /// See [`Handler::check`](crate::Handler::check).
    ///
    /// # Errors
    /// If the application cannot be reached, or if this machine lacks a resource.
    fn check(&self) -> impl Future<Output = Result<(), NotReady>> + Send {
        std::future::ready(Ok(()))
    }

    /// See [`Handler::close`](crate::Handler::close).
    fn close(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// See [`Handler::can_end`](crate::Handler::can_end).
    fn can_end(&self, ending: Ending) -> bool {
        let _ = ending;
        true
    }
}

/// A batch handler of any type. Cheap to clone.
#[derive(Clone)]
pub struct AnyBatchHandler(Arc<dyn Erased>);

impl AnyBatchHandler {
    /// Wraps a handler.
    pub fn new(handler: impl BatchHandler) -> Self {
        Self(Arc::new(handler))
    }
}

impl BatchHandler for AnyBatchHandler {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        self.0.handle_erased(messages, context).await
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

impl std::fmt::Debug for AnyBatchHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnyBatchHandler")
    }
}

type Verdicts<'a> = Pin<Box<dyn Future<Output = Vec<Verdict>> + Send + 'a>>;

trait Erased: Send + Sync {
    fn handle_erased<'a>(&'a self, messages: &'a [Message], context: Context) -> Verdicts<'a>;

    fn check_erased(&self) -> Pin<Box<dyn Future<Output = Result<(), NotReady>> + Send + '_>>;

    fn close_erased(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    fn can_end_erased(&self, ending: Ending) -> bool;
}

impl<H: BatchHandler> Erased for H {
    fn handle_erased<'a>(&'a self, messages: &'a [Message], context: Context) -> Verdicts<'a> {
        Box::pin(self.handle_batch(messages, context))
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
