//! The handler that gives messages to the runtimes of a function.

use std::sync::{Arc, Once};

use tokio::sync::SetOnce;
use tokio_util::task::TaskTracker;

use super::answer;
use super::function::{LambdaError, LambdaFunction};
use super::interrupt::Interrupt;
use super::invocation::{Answer, Call, Invocation};
use super::pool::Pool;
use super::runtime::Runtime;
use crate::handler::batch::failures;
use crate::handler::{BatchHandler, Context, NotReady, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// Runs a function of AWS Lambda without Lambda: starts its runtimes, serves the [Runtime API] to
/// them on a port of the loopback interface, and starts them again when they end. A function and a
/// runtime that work in Lambda need no change.
///
/// # Event
/// The event is that of an event source mapping for SQS, `{"Records": [...]}`, with one record for
/// each message of the batch.
///
/// # Answer
/// | answer | verdict |
/// | --- | --- |
/// | `{"batchItemFailures": [{"itemIdentifier": "MESSAGE ID"}]}` | these: [`Retry`](Verdict::Retry); the others: [`Done`](Verdict::Done) |
/// | an empty list, `null`, nothing, an object without this key, a text, a number, a boolean | all: [`Done`](Verdict::Done) |
/// | any other, such as an unknown message id | all: [`Retry`](Verdict::Retry) |
/// | an error of the function | all: [`Retry`](Verdict::Retry) |
/// | the runtime ends before it answers | all: [`Outage`](Verdict::Outage) |
/// | no runtime starts | all: [`Unavailable`](Verdict::Unavailable) |
///
/// # Runtimes
/// They start with the first check or message, and get one invocation at a time. More can ask for
/// several at once, as in Lambda Managed Instances. A runtime that ends after it has answered starts
/// again at once; otherwise after 1 s, 2 s, 4 s, up to 30 s. What they write to standard output and
/// standard error is logged line by line.
///
/// # Stopping
/// At [`Context::stopping`] the runtime of the call gets SIGTERM, and SIGKILL after three quarters of
/// [`Context::wind_down`]. An answer within that time still counts. [`BatchHandler::close`] ends all
/// runtimes, within 2 s. Dropping the handler ends them too.
///
/// [Runtime API]: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
#[derive(Debug)]
pub struct LambdaHandler {
    function: Arc<LambdaFunction>,
    pool: Arc<Pool>,
    runtimes: TaskTracker,
    started: Once,
}

impl LambdaHandler {
    /// A handler for this function. It starts no program.
    ///
    /// # Errors
    /// If the function has no command or no runtime, or a NUL byte. Whether the program exists shows
    /// at the first check.
    pub fn new(function: LambdaFunction) -> Result<Self, LambdaError> {
        function.check()?;
        let pool = Arc::new(Pool::new(function.runtimes));
        let (runtimes, started) = (TaskTracker::new(), Once::new());
        Ok(Self { function: Arc::new(function), pool, runtimes, started })
    }

    fn start(&self) {
        self.started.call_once(|| {
            for number in 0..self.function.runtimes {
                let (function, pool) = (self.function.clone(), self.pool.clone());
                self.runtimes.spawn(Runtime { number, function, pool }.run());
            }
        });
    }

    /// Waits for the answer. A call that must end interrupts the runtime that has it.
    async fn answer(&self, call: Call, context: &Context) -> Result<Answer, Verdict> {
        let Call { mut answer, taken } = call;
        tokio::select! {
            biased; // an answer counts, even if the time is over
            answered = &mut answer => return ended(answered),
            () = context.stopping() => {}
            why = self.unavailable(&taken) => return Err(why),
        }
        match taken.get() {
            None => Err(Verdict::retry("stopped before a runtime was free")),
            Some(interrupt) => {
                interrupt.within(context.wind_down());
                ended(answer.await)
            }
        }
    }

    /// Waits until all runtimes have failed while none has the call.
    async fn unavailable(&self, taken: &SetOnce<Interrupt>) -> Verdict {
        let why = tokio::select! {
            why = self.pool.failed() => why,
            _ = taken.wait() => std::future::pending().await,
        };
        match why {
            NotReady::Unreachable(reason) => Verdict::unavailable(reason),
            NotReady::Shortage(reason) => Verdict::shortage(reason),
        }
    }
}

/// The sender is only dropped with its runtime, or with the whole process.
fn ended<E>(answer: Result<Answer, E>) -> Result<Answer, Verdict> {
    answer.map_err(|_dropped| Verdict::outage("the runtime ended without an answer"))
}

impl BatchHandler for LambdaHandler {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        if context.is_stopping() {
            let stopped = Verdict::retry("stopped before the function was invoked");
            return failures::all(messages, &stopped);
        }
        self.start();
        let (invocation, call) = Invocation::new(messages, &context, &self.function);
        tracing::debug!(
            queue = context.queue(),
            function = self.function.name,
            request_id = invocation.id,
            messages = messages.len(),
            "function is invoked"
        );
        self.pool.add(invocation);
        match self.answer(call, &context).await {
            Ok(answer) => answer::verdicts(answer, messages, self.function.reports_failures),
            Err(verdict) => failures::all(messages, &verdict),
        }
    }

    /// Waits until a runtime has asked for an invocation, or until all have failed.
    async fn check(&self) -> Result<(), NotReady> {
        self.start();
        self.pool.ready().await
    }

    /// Ends the runtimes. No message may be handled after it.
    async fn close(&self) {
        self.pool.closing.cancel();
        self.runtimes.close();
        self.runtimes.wait().await;
    }

    /// A function cannot reject a message.
    fn can_end(&self, ending: Ending) -> bool {
        !matches!(ending, Ending::Reject | Ending::Panicked)
    }
}

impl Drop for LambdaHandler {
    fn drop(&mut self) {
        self.pool.closing.cancel();
    }
}
