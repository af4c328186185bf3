//! The wait of a job for the first scrape, and its log lines.

use std::time::Duration;

use longshore::admin::{AdminServer, FirstScrape};
use longshore::worker::Stop;

/// Waits until the metrics have been scraped once, at most `limit`, and until a stop begins.
pub(super) async fn wait(admin: &AdminServer, limit: Duration, stop: &Stop) {
    match admin.first_scrape(limit, stop.begun()).await {
        FirstScrape::Seen { waited } => {
            tracing::info!(waited_seconds = waited.as_secs_f64(), "first scrape seen");
        }
        FirstScrape::TimedOut { waited } => tracing::warn!(
            waited_seconds = waited.as_secs_f64(),
            advice = "check that a scraper finds this process, or raise admin.first_scrape to twice \
                      the scrape interval; set it to 0s if nothing scrapes this process",
            "no first scrape; alerts do not see what happens before the first one"
        ),
        // The stop has its own log line.
        FirstScrape::CutShort { .. } | FirstScrape::Off => {}
        ended => tracing::debug!(?ended, "wait for the first scrape ended"),
    }
}
