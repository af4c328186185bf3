//! Why the demo ends early.

use std::io;

use tokio::task::JoinError;

use longshore::admin::AdminError;
use longshore::queue::QueueError;
use longshore_local::Refusal;

/// Why the demo cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The loopback interface has no free port.
    #[error("cannot start the local queue")]
    Listen(#[source] io::Error),
    /// The local queue rejected a queue of the demo.
    #[error("cannot create a queue in the local queue server")]
    Queue(#[source] Refusal),
    /// The admin endpoint cannot listen on its address.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The producer cannot send orders.
    #[error("cannot send orders to the local queue")]
    Send(#[from] QueueError),
    /// A task of the worker or of the admin endpoint panicked.
    #[error("a task of the demo panicked")]
    Panicked(#[from] JoinError),
}
