//! The runtime of the requests to the collector. It is separate, so that an export never delays a
//! message.

use std::mem::ManuallyDrop;

use tokio::runtime::{Builder, Handle, Runtime};

/// A runtime with its own thread. Dropping it leaves it running until the process ends: threads of
/// the SDK can still use it and would panic without it, and a runtime cannot be dropped inside
/// another.
#[derive(Debug)]
pub(super) struct ExportRuntime(ManuallyDrop<Runtime>);

impl ExportRuntime {
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

    /// Stops the runtime. No thread may use it any more.
    pub(super) fn end(self) {
        ManuallyDrop::into_inner(self.0).shutdown_background();
    }
}
