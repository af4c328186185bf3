//! The runtime of the requests to the collector: not among the messages, and not in their way.

use std::mem::ManuallyDrop;

use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime with a thread of its own. Dropped, it is left running: the SDK's threads may be at it still, and
/// would panic without; nor can a runtime be dropped where others run. It goes with the process.
#[derive(Debug)]
pub(super) struct Aside(ManuallyDrop<Runtime>);

impl Aside {
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otlp")
            .enable_all()
            .build()?;
        Ok(Self(ManuallyDrop::new(runtime)))
    }

    pub(super) fn handle(&self) -> &Handle {
        self.0.handle()
    }

    /// Nobody is at it any more.
    pub(super) fn end(self) {
        ManuallyDrop::into_inner(self.0).shutdown_background();
    }
}
