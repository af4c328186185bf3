//! What the tests stand on: a queue in virtual time, a worker, a record of what was handled, a
//! reader of scrapes.

mod log;
pub mod program;
mod rig;
pub mod s3_server;
mod scrape;
pub mod test_server;

pub use log::Log;
pub use longshore::testing::{Call, FakeQueue};
pub use rig::{Rig, config};
pub use scrape::Scrape;
