//! The words for an act.

use crate::demo::Act;

/// The name of an act.
pub(super) fn title(act: Act) -> &'static str {
    match act {
        Act::ShortPolling => "short polling",
        Act::LongPolling => "long polling",
        Act::WithoutDrain => "deploy without a drain",
        Act::WithDrain => "deploy with a drain",
    }
}

/// What happens in an act.
pub(super) fn meaning(act: Act) -> &'static str {
    match act {
        Act::ShortPolling => "every receive returns at once",
        Act::LongPolling => "a receive waits for a message",
        Act::WithoutDrain => "the worker stops at once",
        Act::WithDrain => "the handlers end first",
    }
}
