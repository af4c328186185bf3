//! What happens to the messages that no route takes, if no handler gets them.

use crate::handler::{Context, Handler, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// Gives every message the same verdict.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unrouted {
    Reject,
    Retry,
}

impl Handler for Unrouted {
    async fn handle(&self, _message: Message, _context: Context) -> Verdict {
        let reason = "no route takes the message";
        match self {
            Self::Reject => Verdict::reject(reason),
            Self::Retry => Verdict::retry(reason),
        }
    }

    fn can_end(&self, ending: Ending) -> bool {
        match self {
            Self::Reject => ending == Ending::Reject,
            Self::Retry => ending == Ending::Retry,
        }
    }
}
