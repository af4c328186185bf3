//! The actions of SQS by name, and how often each was asked for.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

macro_rules! actions {
    ($($action:ident),* $(,)?) => {
        /// An action of the SQS API.
        #[allow(missing_docs, reason = "the names are those of the SQS API reference")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($action),* }

        impl Action {
            /// Every action, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The name in the `X-Amz-Target` header, after `AmazonSQS.`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$action => stringify!($action)),* }
            }
        }
    };
}

actions! {
    AddPermission, CancelMessageMoveTask, ChangeMessageVisibility, ChangeMessageVisibilityBatch,
    CreateQueue, DeleteMessage, DeleteMessageBatch, DeleteQueue, GetQueueAttributes, GetQueueUrl,
    ListDeadLetterSourceQueues, ListMessageMoveTasks, ListQueueTags, ListQueues, PurgeQueue,
    ReceiveMessage, RemovePermission, SendMessage, SendMessageBatch, SetQueueAttributes,
    StartMessageMoveTask, TagQueue, UntagQueue,
}

impl Action {
    /// The action of that name, if SQS has one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}

const ACTIONS: usize = Action::ALL.len();

/// Requests that named an action, whatever became of them: faults and refusals count too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCounts([u64; ACTIONS]);

impl RequestCounts {
    /// Requests for one action.
    pub fn of(&self, action: Action) -> u64 {
        self.0[action as usize]
    }

    /// Requests for all actions together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The actions asked for at least once, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Action, u64)> + '_ {
        let all = Action::ALL.iter().copied().zip(self.0);
        all.filter(|&(_, count)| count > 0)
    }
}

/// Where requests are counted; one a server.
#[derive(Debug, Default)]
pub(crate) struct RequestCounter {
    counts: [AtomicU64; ACTIONS],
    changed: Notify,
}

impl RequestCounter {
    pub(crate) fn count(&self, action: Action) {
        self.counts[action as usize].fetch_add(1, Ordering::Relaxed);
        self.changed.notify_waiters();
    }

    pub(crate) fn read(&self) -> RequestCounts {
        RequestCounts(std::array::from_fn(|index| self.counts[index].load(Ordering::Relaxed)))
    }

    pub(crate) async fn until(&self, enough: impl Fn(&RequestCounts) -> bool) -> RequestCounts {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let counts = self.read();
            if enough(&counts) {
                return counts;
            }
            changed.await;
        }
    }
}
