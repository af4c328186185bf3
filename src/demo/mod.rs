//! The demo: a local queue, a producer and a worker in one process. The worker uses short polling
//! in phase 1 and long polling in phase 2. This module runs the demo and measures it; it prints
//! nothing.

mod handler;
mod orders;
mod phase;
mod progress;
mod results;
mod runner;

pub use progress::{Progress, Status};
pub use results::{PhaseStats, Polling, Results, reduction};
pub use runner::{Demo, DemoError, DemoOptions, ROUND_TRIP};
