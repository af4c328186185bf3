//! What the tests stand on: a queue in virtual time, a worker, a record of what was handled, a reader
//! of scrapes.

mod fake_queue;
pub mod harbour;
mod log;
pub mod program;
mod rig;
mod scrape;

pub use fake_queue::{Call, FakeQueue};
pub use log::Log;
pub use rig::{Rig, config};
pub use scrape::Scrape;
