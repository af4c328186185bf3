//! The actions of the SQS API, and the number of requests for each.

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

            /// The name of the action: the part after `AmazonSQS.` of the `X-Amz-Target` header.
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
    /// The action with this name; `None` if SQS has no such action.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}

const ACTIONS: usize = Action::ALL.len();

/// The number of requests for each action since the server started. It includes requests that
/// failed, whether by an error or by a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCounts([u64; ACTIONS]);

impl RequestCounts {
    /// The number of requests for `action`.
    pub fn get(&self, action: Action) -> u64 {
        self.0[action as usize]
    }

    /// The number of requests for all actions.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The actions with at least one request, in alphabetical order, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Action, u64)> + '_ {
        let all = Action::ALL.iter().copied().zip(self.0);
        all.filter(|&(_, count)| count > 0)
    }
}

/// Counts the requests of one server.
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

    pub(crate) async fn until(&self, condition: impl Fn(&RequestCounts) -> bool) -> RequestCounts {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let counts = self.read();
            if condition(&counts) {
                return counts;
            }
            changed.await;
        }
    }
}
