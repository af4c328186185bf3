//! The last scrape: final values are worth nothing to a scraper that comes too late, so the endpoint
//! waits for those that are expected, and for no longer than they need.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::scraper::Scraper;
use super::scrapers::{Expected, SLACK, Scrapers};

/// Whether the final values were fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastScrape {
    /// Every scraper has them.
    Seen {
        /// How many they are.
        scrapers: usize,
        /// How long that took.
        waited: Duration,
    },
    /// Nobody scrapes, or not for long.
    NoScraper,
    /// Somebody did not come in time.
    TimedOut {
        /// Who.
        missing: Vec<Scraper>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Whoever stops the process would not wait.
    CutShort {
        /// Who had not come yet.
        missing: Vec<Scraper>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// It is switched off: the limit is zero.
    Off,
}

impl LastScrape {
    /// In two words.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Seen { .. } => "seen",
            Self::NoScraper => "no scraper",
            Self::TimedOut { .. } => "timed out",
            Self::CutShort { .. } => "cut short",
            Self::Off => "off",
        }
    }

    /// How long it was waited for.
    pub fn waited(&self) -> Duration {
        match self {
            Self::Seen { waited, .. }
            | Self::TimedOut { waited, .. }
            | Self::CutShort { waited, .. } => *waited,
            Self::NoScraper | Self::Off => Duration::ZERO,
        }
    }

    /// Who has not fetched the final values.
    pub fn missing(&self) -> &[Scraper] {
        match self {
            Self::TimedOut { missing, .. } | Self::CutShort { missing, .. } => missing,
            Self::Seen { .. } | Self::NoScraper | Self::Off => &[],
        }
    }
}

/// Waits until everybody who is expected has been answered a scrape begun from now on: for
/// `limit` at most, for the longest interval and a second at most, and not once `given_up` is over.
/// `begun` is called if there is somebody to wait for. Cancel-safe.
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
    // Whoever scrapes because of this line has come in time.
    tracing::info!(
        scrapers = expected.len(),
        at_most_seconds = bound.as_secs_f64(),
        "the metrics are final and stay up for a last scrape. A signal ends the wait"
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

/// How long the last of them may take to come; `None` where nobody is expected.
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
        Scraper::recognise([10, 0, 0, host].into(), &HeaderMap::from_iter([agent])).unwrap()
    }

    /// Scrapers that came every so many seconds until now; the index is the host.
    async fn every(intervals: &[u64]) -> Scrapers {
        let (scrapers, now) = (Scrapers::default(), Instant::now());
        advance(Duration::from_secs(100)).await;
        for (host, interval) in (0..).zip(intervals) {
            scrapers.note(scraper(host), now + Duration::from_secs(100 - interval));
            scrapers.note(scraper(host), now + Duration::from_secs(100));
        }
        advance(Duration::from_millis(100)).await;
        scrapers
    }

    async fn waited(scrapers: &Scrapers, limit: Duration) -> LastScrape {
        wait(scrapers, limit, pending(), || ()).await
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_seen_when_the_last_scraper_has_come() {
        let scrapers = every(&[10, 15]).await;
        let come = async {
            for host in 0..2 {
                sleep(Duration::from_secs(4)).await;
                scrapers.note(scraper(host), Instant::now());
            }
        };
        let (last, ()) = tokio::join!(waited(&scrapers, LIMIT), come);
        assert_eq!(last, LastScrape::Seen { scrapers: 2, waited: Duration::from_secs(8) });
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_comes_twice_does_not_stand_for_another() {
        let scrapers = every(&[10, 10]).await;
        let come = async {
            for _ in 0..2 {
                sleep(Duration::from_secs(2)).await;
                scrapers.note(scraper(0), Instant::now());
            }
        };
        let (last, ()) = tokio::join!(waited(&scrapers, LIMIT), come);
        assert_eq!((last.as_str(), last.missing()), ("timed out", &[scraper(1)][..]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_is_the_longest_interval_and_a_second_within_the_limit() {
        let scrapers = every(&[5, 15]).await;
        assert_eq!(waited(&scrapers, LIMIT).await.waited(), Duration::from_secs(16));
        let scrapers = every(&[5, 15]).await;
        assert_eq!(waited(&scrapers, Duration::from_secs(2)).await.waited().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn one_whose_interval_is_not_known_has_the_whole_limit() {
        let scrapers = every(&[5]).await;
        scrapers.note(scraper(9), Instant::now() - Duration::from_millis(1));
        assert_eq!(waited(&scrapers, LIMIT).await.waited(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_nobody_nor_where_it_is_switched_off() {
        let before = Instant::now();
        assert_eq!(waited(&Scrapers::default(), LIMIT).await, LastScrape::NoScraper);
        assert_eq!(before.elapsed(), Duration::ZERO);
        let scrapers = every(&[5]).await;
        let before = Instant::now();
        assert_eq!(waited(&scrapers, Duration::ZERO).await, LastScrape::Off);
        assert_eq!(before.elapsed(), Duration::ZERO);
    }

    /// Scrapes as soon as it reads a line, before the one who wrote it goes on.
    struct Reader(Scrapers);

    impl<S: tracing::Subscriber> Layer<S> for Reader {
        fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            let read = Instant::now();
            self.0.note(scraper(0), read);
            while Instant::now() == read {}
        }
    }

    #[tokio::test]
    async fn a_scrape_that_comes_of_the_announcement_counts() {
        let scrapers = Scrapers::default();
        scrapers.note(scraper(0), Instant::now());
        let reader = tracing_subscriber::registry().with(Reader(scrapers.clone()));
        let _heard = tracing::subscriber::set_default(reader);
        assert_eq!(waited(&scrapers, Duration::from_secs(1)).await.as_str(), "seen");
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_ends_the_wait() {
        let scrapers = every(&[5]).await;
        let last = wait(&scrapers, LIMIT, sleep(Duration::from_secs(1)), || ()).await;
        let (missing, waited) = (vec![scraper(0)], Duration::from_secs(1));
        assert_eq!(last, LastScrape::CutShort { missing, waited });
    }
}
