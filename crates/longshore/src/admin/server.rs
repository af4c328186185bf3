//! The admin endpoint's thread, from bind to stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::last_scrape::{self, LastScrape};
use super::routes::{Subject, router};
use super::scrapers::Scrapers;
use crate::health::Health;
use crate::telemetry::Metrics;

/// How often totals are noted for the plots, looked at or not.
const OBSERVE: Duration = Duration::from_secs(1);

/// Every so many of them histograms' buffers are drained and the last five minutes looked at.
const REFRESH: u32 = 5;

/// What a slow reader has to take the rest of an answer when the endpoint stops.
const LAST_ANSWER: Duration = Duration::from_secs(1);

/// The endpoint, answering until it is stopped or dropped.
#[derive(Debug)]
pub struct AdminServer {
    address: SocketAddr,
    metrics: Metrics,
    scrapers: Scrapers,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

/// It could not listen.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address} for metrics and health; is another worker using it? Choose another address with `admin.listen` or --listen"
)]
pub struct AdminError {
    address: SocketAddr,
    source: io::Error,
}

impl AdminServer {
    /// Binds and starts to answer. Waits for nothing, so that async code may call it.
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
        let subject = Subject { metrics: metrics.clone(), health, scrapers: scrapers.clone() };
        let until = stop.clone();
        let thread = std::thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || serve(&runtime, listener, subject, until))
            .map_err(failed)?;
        Ok(Self { address: bound, metrics, scrapers, stop, thread: Some(thread) })
    }

    /// Where it listens; the port is known even if any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits, when the metrics have their final values, until every scraper that was seen lately has
    /// fetched them: for `limit` at most, for no longer than the longest of their intervals and a
    /// second, and not once `given_up` is over. A limit of zero switches it off. Cancel-safe.
    pub async fn last_scrape(
        &self,
        limit: Duration,
        given_up: impl Future<Output = ()>,
    ) -> LastScrape {
        let begun = || self.metrics.last_scrape_pending();
        last_scrape::wait(&self.scrapers, limit, given_up, begun).await
    }

    /// Stops answering. Blocks until requests in hand are answered, a second at most.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the admin thread had panicked");
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
    let answer = async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let stopped = stop.clone().cancelled_owned();
        let router = router(subject).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, router).with_graceful_shutdown(stopped).await
    };
    let cut_off = async {
        stop.cancelled().await;
        sleep(LAST_ANSWER).await;
    };
    runtime.block_on(async {
        tokio::select! {
            () = cut_off => {}
            () = refresh(refreshed) => {}
            ended = answer => if let Err(error) = ended {
                tracing::error!(%error, "the admin endpoint ended");
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
