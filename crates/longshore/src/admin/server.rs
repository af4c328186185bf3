//! The admin endpoint's thread, from bind to stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::first_scrape::{self, FirstScrape};
use super::last_scrape::{self, LastScrape};
use super::listener::{Limits, Listener};
use super::routes::{Subject, router};
use super::scrapers::Scrapers;
use crate::health::Health;
use crate::telemetry::Metrics;

/// The interval of observations for the plots.
const OBSERVE: Duration = Duration::from_secs(1);

/// The metrics are refreshed with every n-th observation.
const REFRESH: u32 = 5;

/// How long a slow client has to read its response when the endpoint stops.
const LAST_ANSWER: Duration = Duration::from_secs(1);

/// The running endpoint. Dropping it stops it.
#[derive(Debug)]
pub struct AdminServer {
    address: SocketAddr,
    metrics: Metrics,
    health: Health,
    scrapers: Scrapers,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// The endpoint cannot listen on its address.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address} for metrics and health; is another worker using it? Choose another address with `admin.listen` or --listen"
)]
pub struct AdminError {
    address: SocketAddr,
    source: io::Error,
}

impl AdminServer {
    /// Binds the address and starts the thread. Does not block, so async code may call it.
    ///
    /// # Errors
    /// If the address is in use or not available, or if the thread cannot start.
    pub fn start(
        address: SocketAddr,
        metrics: Metrics,
        health: Health,
    ) -> Result<Self, AdminError> {
        let failed = |source| AdminError { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let stop = CancellationToken::new();
        let scrapers = Scrapers::default();
        let subject = Subject {
            metrics: metrics.clone(),
            health: health.clone(),
            scrapers: scrapers.clone(),
        };
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || serve(&runtime, listener, subject, until))
            .map_err(failed)?;
        Ok(Self { address: bound, metrics, health, scrapers, stop, thread: Some(thread) })
    }

    /// The address that it listens on, with the real port if port 0 was requested.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until a scraper has read the metrics once. A job calls it before it runs its worker, so
    /// that `increase()` counts from zero. It waits at most `limit`, and until `given_up` completes.
    /// A limit of zero disables the wait. The worker is not ready meanwhile. Cancel-safe.
    pub async fn first_scrape(
        &self,
        limit: Duration,
        given_up: impl Future<Output = ()>,
    ) -> FirstScrape {
        let _awaited = self.health.await_first_scrape();
        first_scrape::wait(&self.scrapers, limit, given_up).await
    }

    /// Waits until every recent scraper has read the final values. Call it when the metrics are
    /// final. It waits at most `limit`, at most the longest scrape interval plus 1 s, and until
    /// `given_up` completes. A limit of zero disables the wait. Cancel-safe.
    pub async fn last_scrape(
        &self,
        limit: Duration,
        given_up: impl Future<Output = ()>,
    ) -> LastScrape {
        let begun = || self.metrics.last_scrape_pending();
        last_scrape::wait(&self.scrapers, limit, given_up, begun).await
    }

    /// Stops the endpoint. Blocks until open requests are answered, at most 1 s.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("admin thread panicked");
        }
    }
}

impl Drop for AdminServer {
    fn drop(&mut self) {
        self.end();
    }
}

fn serve(runtime: &Runtime, listener: TcpListener, subject: Subject, stop: CancellationToken) {
    let refreshed = subject.metrics.clone();
    let (router, limits) = (router(subject), Limits::DEFAULT);
    let listening = Listener { router, limits, stop: stop.clone() };
    let answer = async {
        listening.serve(tokio::net::TcpListener::from_std(listener)?).await;
        io::Result::Ok(())
    };
    let time_is_over = async {
        stop.cancelled().await;
        sleep(LAST_ANSWER).await;
    };
    runtime.block_on(async {
        tokio::select! {
            () = time_is_over => {}
            () = refresh(refreshed) => {}
            ended = answer => if let Err(error) = ended {
                tracing::error!(%error, "admin endpoint ended");
            }
        }
    });
}

async fn refresh(metrics: Metrics) {
    let mut ticks = interval(OBSERVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for tick in (1..=REFRESH).cycle() {
        ticks.tick().await;
        if tick == REFRESH { metrics.refresh() } else { metrics.observe() }
    }
}
