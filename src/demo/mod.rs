//! The demo: a local queue, a producer and workers in one process, in four acts: short polling, long
//! polling, a deploy without a drain, a deploy with one. This module runs the demo and measures it; it
//! prints nothing.

mod act;
mod consumer;
mod deploy;
mod error;
mod handler;
mod journal;
mod orders;
mod progress;
mod results;
mod runner;

pub use act::Act;
pub use error::DemoError;
pub use progress::{Progress, Status};
pub use results::{ActStats, DeployStats, Results, reduction};
pub use runner::{Demo, DemoOptions, ROUND_TRIP};
