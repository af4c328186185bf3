//! Replicas that send periodic tasks, in virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use longshore::Stop;
use longshore::queue::{AttributeContent, OutgoingMessage, Queue};
use longshore::telemetry::Metrics;
use longshore::worker::CountedSender;
use longshore_cron::{Claims, Clock, CronFile, OnlyLeader, PeriodicSender, TableClaims};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::table::FakeTable;
use crate::support::{FakeQueue, Scrape, config};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// As in the daemon of Elastic Beanstalk.
pub(super) const GRACE: Duration = Duration::from_secs(300);
/// Of a shutdown.
pub(super) const LIMIT: Duration = Duration::from_secs(5);
/// 2026-11-29 10:00:30 UTC.
pub(super) const START: u64 = 1_795_946_430;

/// The clock of the wall: that of tokio from `START` on, and what it has jumped.
#[derive(Debug, Clone)]
pub(super) struct WallClock {
    began: Instant,
    jumped: Arc<AtomicI64>,
}

impl WallClock {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), jumped: Arc::default() }
    }

    /// The clock is set, or the machine was suspended: tokio's clock does not notice.
    pub(super) fn jump(&self, seconds: i64) {
        self.jumped.fetch_add(seconds, Relaxed);
    }
}

impl Clock for WallClock {
    fn now(&self) -> SystemTime {
        let seconds = START.checked_add_signed(self.jumped.load(Relaxed)).unwrap();
        UNIX_EPOCH + Duration::from_secs(seconds) + self.began.elapsed()
    }
}

/// A file with one task.
pub(super) fn task(schedule: &str) -> CronFile {
    let task = format!("{{name: backup, url: /backup, schedule: {schedule:?}}}");
    CronFile::parse(&format!("version: 1\ncron: [{task}]")).unwrap()
}

/// One process.
pub(super) struct Replica {
    metrics: Metrics,
    pub(super) stop: Stop,
    pub(super) running: JoinHandle<()>,
}

impl Replica {
    /// One of several that share a table.
    pub(super) fn start(
        clock: &WallClock,
        table: &FakeTable,
        queue: impl Queue,
        file: CronFile,
    ) -> Self {
        Self::with(clock, TableClaims::new(table.clone(), "us-east-1/1/orders"), queue, file)
    }

    /// The only one.
    pub(super) fn leader(clock: &WallClock, queue: &FakeQueue, file: CronFile) -> Self {
        Self::with(clock, OnlyLeader::default(), queue.clone(), file)
    }

    fn with(clock: &WallClock, claims: impl Claims, queue: impl Queue, file: CronFile) -> Self {
        let metrics = Metrics::new();
        let of_queue = metrics.register(&config("orders").build().unwrap());
        let sender = CountedSender::new(queue, of_queue.clone());
        let sender =
            PeriodicSender::new((&metrics, &of_queue), file, sender, claims, clock.clone(), GRACE);
        let stop = Stop::new();
        let running = tokio::spawn(sender.run(stop.clone(), LIMIT));
        Self { metrics, stop, running }
    }

    pub(super) fn scrape(&self) -> Scrape {
        Scrape::of(&self.metrics)
    }

    /// The runs that it counted: sent, late, missed, failed.
    pub(super) fn runs(&self) -> [f64; 4] {
        let scrape = self.scrape();
        let runs =
            |result: &str| scrape.sum("longshore_periodic_tasks_total", &[("result", result)]);
        ["sent", "late", "missed", "failed"].map(runs)
    }

    /// It is killed.
    pub(super) fn kill(&self) {
        self.running.abort();
    }

    pub(super) async fn stop(self) {
        self.stop.begin();
        self.running.await.unwrap();
    }
}

/// The times of the runs that were sent: hour and minute.
pub(super) fn times(messages: &[OutgoingMessage]) -> Vec<String> {
    let time = |message: &OutgoingMessage| {
        let AttributeContent::Text(text) =
            &message.attributes["beanstalk.sqsd.scheduled_time"].content
        else {
            panic!("{message:?}")
        };
        text["2026-11-29 ".len()..][..5].to_owned()
    };
    messages.iter().map(time).collect()
}

pub(super) async fn minutes(minutes: u32) {
    sleep(MINUTE * minutes).await;
}
