//! What the tests stand on: a queue in virtual time, scripted handlers, a reader of scrapes.

mod fake_queue;
mod rig;
mod scrape;

pub use fake_queue::{Call, FakeQueue};
pub use rig::{Rig, config};
pub use scrape::Scrape;
