//! The register of scrapers: when each scraped, and at which interval. Bounded, and in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::scraper::Scraper;

/// Maximum number of scrapers. The least recent one is dropped.
const MAX_SCRAPERS: usize = 32;

/// Scrapes per scraper that are kept. Its interval is the longest of the last three, so that it is
/// that of the slower of two scrapers behind one address, and a single late scrape is soon dropped.
const KEPT: usize = 4;

/// A scraper that has scraped once is expected again within this time: twice the longest usual
/// interval.
const SEEN_ONCE: Duration = Duration::from_secs(120);

/// How late a scrape may be.
pub(super) const SLACK: Duration = Duration::from_secs(1);

/// The recent scrapers. Cheap to clone; all clones are the same register.
#[derive(Debug, Clone, Default)]
pub(super) struct Scrapers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    register: Mutex<Vec<Visits>>,
    scraped: Notify,
}

/// The start times of one scraper's last scrapes; never empty.
#[derive(Debug)]
struct Visits {
    scraper: Scraper,
    began: VecDeque<Instant>,
}

/// A scraper that is expected again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) scraper: Scraper,
    /// `None` if it has scraped only once.
    pub(super) interval: Option<Duration>,
}

impl Scrapers {
    /// A scrape that began at this time was answered.
    pub(super) fn record(&self, scraper: Scraper, began: Instant) {
        let mut register = self.lock();
        let known = register.iter().position(|visits| visits.scraper == scraper);
        let mut visits = match known {
            Some(place) => register.remove(place),
            None => Visits { scraper, began: VecDeque::new() },
        };
        visits.add(began);
        if register.len() == MAX_SCRAPERS {
            register.remove(0);
        }
        // The register is ordered by the last scrape.
        register.push(visits);
        drop(register);
        self.shared.scraped.notify_waiters();
    }

    /// The scrapers that are expected again.
    pub(super) fn expected(&self, now: Instant) -> Vec<Expected> {
        let register = self.lock();
        let lately = register.iter().filter(|visits| visits.are_recent(now));
        lately
            .map(|visits| Expected { scraper: visits.scraper.clone(), interval: visits.interval() })
            .collect()
    }

    /// The scrapers of `expected` without an answered scrape that began since then.
    pub(super) fn missing(&self, expected: &[Expected], since: Instant) -> Vec<Scraper> {
        let register = self.lock();
        let came = |scraper: &Scraper| {
            register.iter().any(|visits| visits.scraper == *scraper && visits.last() >= since)
        };
        let missing = expected.iter().filter(|expected| !came(&expected.scraper));
        missing.map(|expected| expected.scraper.clone()).collect()
    }

    /// Waits until a scraper has scraped once. Cancel-safe.
    pub(super) async fn first(&self) {
        loop {
            let mut scraped = std::pin::pin!(self.shared.scraped.notified());
            scraped.as_mut().enable();
            if !self.lock().is_empty() {
                return;
            }
            scraped.await;
        }
    }

    /// Waits until no scraper is missing. Cancel-safe.
    pub(super) async fn complete(&self, expected: &[Expected], since: Instant) {
        loop {
            let mut scraped = std::pin::pin!(self.shared.scraped.notified());
            scraped.as_mut().enable();
            if self.missing(expected, since).is_empty() {
                return;
            }
            scraped.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Visits>> {
        self.shared.register.lock().expect("no code panics while it holds this lock")
    }
}

impl Visits {
    fn add(&mut self, began: Instant) {
        // Two overlapping scrapes can be answered in the other order.
        let place = self.began.partition_point(|earlier| *earlier <= began);
        self.began.insert(place, began);
        if self.began.len() > KEPT {
            self.began.pop_front();
        }
    }

    fn last(&self) -> Instant {
        *self.began.back().expect("a scraper is registered with its first scrape")
    }

    fn interval(&self) -> Option<Duration> {
        let pairs = self.began.iter().zip(self.began.iter().skip(1));
        pairs.map(|(earlier, later)| *later - *earlier).max()
    }

    /// Two scrapes may be missing, and one may be late.
    fn are_recent(&self, now: Instant) -> bool {
        let within = match self.interval() {
            Some(interval) => interval.mul_f64(2.5) + SLACK,
            None => SEEN_ONCE,
        };
        now.saturating_duration_since(self.last()) <= within
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::USER_AGENT};
    use tokio::time::advance;

    use super::*;

    fn scraper(host: u8) -> Scraper {
        let agent = (USER_AGENT, HeaderValue::from_static("Prometheus/2.42.0"));
        Scraper::recognize([10, 0, 0, host].into(), &HeaderMap::from_iter([agent])).unwrap()
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Scrapes with these intervals, in seconds.
    async fn scrape(scrapers: &Scrapers, host: u8, distances: &[u64]) {
        scrapers.record(scraper(host), Instant::now());
        for distance in distances {
            advance(seconds(*distance)).await;
            scrapers.record(scraper(host), Instant::now());
        }
    }

    fn intervals(scrapers: &Scrapers) -> Vec<Option<Duration>> {
        scrapers.expected(Instant::now()).iter().map(|expected| expected.interval).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_interval_is_the_longest_of_the_last_three() {
        let scrapers = Scrapers::default();
        scrape(&scrapers, 1, &[]).await;
        assert_eq!(intervals(&scrapers), [None]);
        scrape(&scrapers, 1, &[90, 15, 2]).await;
        assert_eq!(intervals(&scrapers), [Some(seconds(90))]);
        advance(seconds(13)).await;
        scrape(&scrapers, 1, &[]).await;
        assert_eq!(intervals(&scrapers), [Some(seconds(15))]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_scraper_is_expected_again_for_two_and_a_half_intervals() {
        let scrapers = Scrapers::default();
        scrape(&scrapers, 1, &[10, 10]).await;
        advance(seconds(25) + SLACK).await;
        assert_eq!(intervals(&scrapers), [Some(seconds(10))]);
        advance(Duration::from_millis(1)).await;
        assert!(intervals(&scrapers).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_scraper_that_scraped_once_is_expected_for_two_minutes() {
        let scrapers = Scrapers::default();
        scrape(&scrapers, 1, &[]).await;
        advance(SEEN_ONCE).await;
        assert_eq!(intervals(&scrapers), [None]);
        advance(Duration::from_millis(1)).await;
        assert!(intervals(&scrapers).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_scrape_that_began_earlier_does_not_count() {
        let scrapers = Scrapers::default();
        let early = Instant::now();
        scrapers.record(scraper(1), early);
        advance(seconds(1)).await;
        let since = Instant::now();
        let expected = scrapers.expected(since);
        scrapers.record(scraper(1), early + Duration::from_millis(999));
        assert_eq!(scrapers.missing(&expected, since), [scraper(1)]);
        scrapers.record(scraper(1), since);
        assert!(scrapers.missing(&expected, since).is_empty());
        scrapers.record(scraper(1), early);
        assert!(scrapers.missing(&expected, since).is_empty(), "an older one takes nothing away");
    }

    #[tokio::test(start_paused = true)]
    async fn the_register_is_bounded_and_drops_the_least_recent() {
        let scrapers = Scrapers::default();
        for host in (0..=u8::MAX).chain([200]) {
            scrape(&scrapers, host, &[]).await;
        }
        let known = scrapers.expected(Instant::now());
        assert_eq!(known.len(), MAX_SCRAPERS);
        let known: Vec<_> = known.into_iter().map(|expected| expected.scraper).collect();
        let mut last: Vec<_> = (223..=u8::MAX).map(scraper).collect();
        last.push(scraper(200));
        assert_eq!(known, last[2..]);
    }
}
