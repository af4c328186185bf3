//! The first scrape: a job waits until a scraper has read its counters at zero. `increase()` sees
//! only what a counter rises after its first scrape, and a job can end before that.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::scrapers::Scrapers;

/// Whether a scraper has the values from before the first receive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FirstScrape {
    /// A scraper has them.
    Seen {
        /// The time of the wait.
        waited: Duration,
    },
    /// No scraper came in time.
    TimedOut {
        /// The time of the wait.
        waited: Duration,
    },
    /// A stop ended the wait.
    CutShort {
        /// The time of the wait.
        waited: Duration,
    },
    /// The limit is zero.
    Off,
}

/// Waits until a scraper has completed a scrape: at most `limit`, and until `given_up` completes.
/// Cancel-safe.
pub(super) async fn wait(
    scrapers: &Scrapers,
    limit: Duration,
    given_up: impl Future<Output = ()>,
) -> FirstScrape {
    if limit.is_zero() {
        return FirstScrape::Off;
    }
    tracing::info!(
        at_most_seconds = limit.as_secs_f64(),
        "waiting for the first scrape before the first receive; a signal ends the wait"
    );
    let since = Instant::now();
    tokio::select! {
        biased;
        () = scrapers.first() => FirstScrape::Seen { waited: since.elapsed() },
        () = given_up => FirstScrape::CutShort { waited: since.elapsed() },
        () = sleep(limit) => FirstScrape::TimedOut { waited: since.elapsed() },
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::http::{HeaderMap, HeaderValue, header::USER_AGENT};

    use super::*;
    use crate::admin::scraper::Scraper;

    const LIMIT: Duration = Duration::from_secs(30);
    const SECOND: Duration = Duration::from_secs(1);

    fn scrape(scrapers: &Scrapers) {
        let agent = (USER_AGENT, HeaderValue::from_static("Prometheus/2.42.0"));
        let scraper = Scraper::recognize([10, 0, 0, 1].into(), &HeaderMap::from_iter([agent]));
        scrapers.record(scraper.unwrap(), Instant::now());
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_ends_with_the_first_scrape() {
        let scrapers = Scrapers::default();
        let later = async {
            sleep(SECOND).await;
            scrape(&scrapers);
        };
        let (first, ()) = tokio::join!(wait(&scrapers, LIMIT, pending()), later);
        assert_eq!(first, FirstScrape::Seen { waited: SECOND });
    }

    #[tokio::test(start_paused = true)]
    async fn a_scrape_before_the_wait_counts() {
        let scrapers = Scrapers::default();
        scrape(&scrapers);
        let first = wait(&scrapers, LIMIT, pending()).await;
        assert_eq!(first, FirstScrape::Seen { waited: Duration::ZERO });
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_and_a_stop_end_the_wait() {
        let scrapers = Scrapers::default();
        let first = wait(&scrapers, LIMIT, pending()).await;
        assert_eq!(first, FirstScrape::TimedOut { waited: LIMIT });
        let first = wait(&scrapers, LIMIT, sleep(SECOND)).await;
        assert_eq!(first, FirstScrape::CutShort { waited: SECOND });
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_of_zero_disables_the_wait() {
        let before = Instant::now();
        let first = wait(&Scrapers::default(), Duration::ZERO, pending()).await;
        assert_eq!((first, before.elapsed()), (FirstScrape::Off, Duration::ZERO));
    }
}
