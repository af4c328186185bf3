//! What the worker answers over HTTP: metrics, health, objectives, and a page for people. Read-only, on a thread and a runtime of its
//! own, so that it answers while the work is busy or stuck, and the last thing to stop: it waits for
//! whoever scrapes it to fetch the final values.

mod answer;
mod last_scrape;
#[cfg(feature = "page")]
mod page;
mod routes;
mod scraper;
mod scrapers;
mod server;

pub use last_scrape::LastScrape;
#[cfg(feature = "page")]
pub use page::status_page;
pub use scraper::Scraper;
pub use server::{AdminError, AdminServer};
