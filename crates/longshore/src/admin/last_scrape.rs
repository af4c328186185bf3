//! The last scrape: the endpoint waits for the scrapers that are expected to read the final values.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::scraper::Scraper;
use super::scrapers::{Expected, SLACK, Scrapers};

/// Whether the scrapers have the final values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastScrape {
    /// Every scraper has them.
    Seen {
        /// The number of scrapers.
        scrapers: usize,
        /// The time of the wait.
        waited: Duration,
    },
    /// There is no recent scraper.
    NoScraper,
    /// A scraper did not come in time.
    TimedOut {
        /// The missing scrapers.
        missing: Vec<Scraper>,
        /// The time of the wait.
        waited: Duration,
    },
    /// A signal ended the wait.
    CutShort {
        /// The missing scrapers.
        missing: Vec<Scraper>,
        /// The time of the wait.
        waited: Duration,
    },
    /// The limit is zero.
    Off,
}

impl LastScrape {
    /// The value in the shutdown ledger.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Seen { .. } => "seen",
            Self::NoScraper => "no scraper",
            Self::TimedOut { .. } => "timed out",
            Self::CutShort { .. } => "cut short",
            Self::Off => "off",
        }
    }

    /// The time of the wait.
    pub fn waited(&self) -> Duration {
        match self {
            Self::Seen { waited, .. }
            | Self::TimedOut { waited, .. }
            | Self::CutShort { waited, .. } => *waited,
            Self::NoScraper | Self::Off => Duration::ZERO,
        }
    }

    /// The scrapers without the final values.
    pub fn missing(&self) -> &[Scraper] {
        match self {
            Self::TimedOut { missing, .. } | Self::CutShort { missing, .. } => missing,
            Self::Seen { .. } | Self::NoScraper | Self::Off => &[],
        }
    }
}

/// Waits until every expected scraper has completed a scrape that began from now on: at most
/// `limit`, at most the longest interval plus 1 s, and until `given_up` completes. Calls `begun` if
/// there is a scraper to wait for. Cancel-safe.
pub(super) async fn wait(
    scrapers: &Scrapers,
    limit: Duration,
    given_up: impl Future<Output = ()>,
    begun: impl FnOnce(),
) -> LastScrape {
    if limit.is_zero() {
        return LastScrape::Off;
    }
    let expected = scrapers.expected(Instant::now());
    let Some(bound) = bound(&expected, limit) else { return LastScrape::NoScraper };
    begun();
    let since = Instant::now();
    // A scrape that this log line causes counts.
    tracing::info!(
        scrapers = expected.len(),
        at_most_seconds = bound.as_secs_f64(),
        "waiting for the last scrape; a signal ends the wait"
    );
    let missing = || scrapers.missing(&expected, since);
    tokio::select! {
        biased;
        () = scrapers.complete(&expected, since) => {
            LastScrape::Seen { scrapers: expected.len(), waited: since.elapsed() }
        }
        () = given_up => LastScrape::CutShort { missing: missing(), waited: since.elapsed() },
        () = sleep(bound) => LastScrape::TimedOut { missing: missing(), waited: since.elapsed() },
    }
}

/// The longest time until all have scraped; `None` if no scraper is expected.
fn bound(expected: &[Expected], limit: Duration) -> Option<Duration> {
    let times = expected.iter().map(|expected| match expected.interval {
        Some(interval) => limit.min(interval + SLACK),
        None => limit,
    });
    times.max()
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::http::{HeaderMap, HeaderValue, header::USER_AGENT};
    use tokio::time::advance;
    use tracing_subscriber::layer::{Layer, SubscriberExt};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn scraper(host: u8) -> Scraper {
        let agent = (USER_AGENT, HeaderValue::from_static("Prometheus/2.42.0"));
        Scraper::recognize([10, 0, 0, host].into(), &HeaderMap::from_iter([agent])).unwrap()
    }

    /// Scrapers with these intervals in seconds; the index is the host.
    async fn every(intervals: &[u64]) -> Scrapers {
        let (scrapers, now) = (Scrapers::default(), Instant::now());
        advance(Duration::from_secs(100)).await;
        for (host, interval) in (0..).zip(intervals) {
            scrapers.record(scraper(host), now + Duration::from_secs(100 - interval));
            scrapers.record(scraper(host), now + Duration::from_secs(100));
        }
        advance(Duration::from_millis(100)).await;
        scrapers
    }

    async fn waited(scrapers: &Scrapers, limit: Duration) -> LastScrape {
        wait(scrapers, limit, pending(), || ()).await
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_ends_when_the_last_scraper_has_come() {
        let scrapers = every(&[10, 15]).await;
        let scrapes = async {
            for host in 0..2 {
                sleep(Duration::from_secs(4)).await;
                scrapers.record(scraper(host), Instant::now());
            }
        };
        let (last, ()) = tokio::join!(waited(&scrapers, LIMIT), scrapes);
        assert_eq!(last, LastScrape::Seen { scrapers: 2, waited: Duration::from_secs(8) });
    }

    #[tokio::test(start_paused = true)]
    async fn two_scrapes_of_one_scraper_do_not_replace_another() {
        let scrapers = every(&[10, 10]).await;
        let scrapes = async {
            for _ in 0..2 {
                sleep(Duration::from_secs(2)).await;
                scrapers.record(scraper(0), Instant::now());
            }
        };
        let (last, ()) = tokio::join!(waited(&scrapers, LIMIT), scrapes);
        assert_eq!((last.as_str(), last.missing()), ("timed out", &[scraper(1)][..]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_is_the_longest_interval_plus_one_second() {
        let scrapers = every(&[5, 15]).await;
        assert_eq!(waited(&scrapers, LIMIT).await.waited(), Duration::from_secs(16));
        let scrapers = every(&[5, 15]).await;
        assert_eq!(waited(&scrapers, Duration::from_secs(2)).await.waited().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_scraper_with_an_unknown_interval_has_the_whole_limit() {
        let scrapers = every(&[5]).await;
        scrapers.record(scraper(9), Instant::now() - Duration::from_millis(1));
        assert_eq!(waited(&scrapers, LIMIT).await.waited(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_no_wait_without_a_scraper_or_with_a_limit_of_zero() {
        let before = Instant::now();
        assert_eq!(waited(&Scrapers::default(), LIMIT).await, LastScrape::NoScraper);
        assert_eq!(before.elapsed(), Duration::ZERO);
        let scrapers = every(&[5]).await;
        let before = Instant::now();
        assert_eq!(waited(&scrapers, Duration::ZERO).await, LastScrape::Off);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    /// Scrapes as soon as a log line is written, before the writer continues.
    struct Reader(Scrapers);

    impl<S: tracing::Subscriber> Layer<S> for Reader {
        fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            let read = Instant::now();
            self.0.record(scraper(0), read);
            while Instant::now() == read {}
        }
    }

    #[tokio::test]
    async fn a_scrape_caused_by_the_log_line_counts() {
        let scrapers = Scrapers::default();
        scrapers.record(scraper(0), Instant::now());
        let reader = tracing_subscriber::registry().with(Reader(scrapers.clone()));
        // With a single subscriber, a test on another thread can switch off events that this one hears:
        // a new event is then judged by the subscriber of the thread that registers it.
        let _second = tracing::Dispatch::new(tracing_subscriber::registry());
        let _heard = tracing::subscriber::set_default(reader);
        assert_eq!(waited(&scrapers, Duration::from_secs(1)).await.as_str(), "seen");
    }

    #[tokio::test(start_paused = true)]
    async fn giving_up_ends_the_wait() {
        let scrapers = every(&[5]).await;
        let last = wait(&scrapers, LIMIT, sleep(Duration::from_secs(1)), || ()).await;
        let (missing, waited) = (vec![scraper(0)], Duration::from_secs(1));
        assert_eq!(last, LastScrape::CutShort { missing, waited });
    }
}
