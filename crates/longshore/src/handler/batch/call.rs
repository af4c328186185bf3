//! One call of a batch handler, as the calls of its messages see it.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// The kinds of ends that the messages of one call have had.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals(Arc<AtomicU8>);

/// The call of a batch handler that a message is in, once that call has begun.
#[derive(Debug, Clone, Default)]
pub(crate) struct BatchCall(Arc<OnceLock<Signals>>);

impl BatchCall {
    pub(crate) fn join(&self, call: &Signals) {
        // A message is in one call.
        self.0.set(call.clone()).ok();
    }

    /// Whether this message is the first of its call that ended with this signal. One call says one
    /// thing about the application, however many messages it had. `signal` is less than 8.
    pub(crate) fn is_first(&self, signal: u8) -> bool {
        let Some(Signals(seen)) = self.0.get() else { return true };
        let bit = 1 << signal;
        seen.fetch_or(bit, Relaxed) & bit == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_of_a_call_is_first_once() {
        let (call, other) = (Signals::default(), Signals::default());
        let messages = [BatchCall::default(), BatchCall::default(), BatchCall::default()];
        messages[0].join(&call);
        messages[1].join(&call);
        messages[2].join(&other);
        let is_first = |message: usize, signal| messages[message].is_first(signal);
        assert_eq!([is_first(0, 1), is_first(1, 1), is_first(1, 0)], [true, false, true]);
        assert_eq!([is_first(2, 1), is_first(0, 1)], [true, false]);
    }

    #[test]
    fn a_message_whose_batch_was_never_sent_speaks_for_itself() {
        let message = BatchCall::default();
        assert!(message.is_first(1) && message.is_first(1));
    }
}
