//! The admin endpoint: metrics, health, the report and the status page over HTTP. It is read-only
//! and has its own thread and runtime, so it answers while the worker is busy or stuck. It stops
//! last, because it waits for the last scrape.

mod accept;
mod answer;
mod connections;
mod encoding;
mod first_scrape;
mod last_scrape;
mod listener;
mod metrics_format;
#[cfg(feature = "page")]
mod page;
mod routes;
mod scraper;
mod scrapers;
mod server;

pub use first_scrape::FirstScrape;
pub use last_scrape::LastScrape;
pub use listener::MAX_CONNECTIONS;
#[cfg(feature = "page")]
pub use page::{Selection, status_page};
pub use scraper::Scraper;
pub use server::{AdminError, AdminServer};
