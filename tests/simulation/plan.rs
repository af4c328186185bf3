//! Everything about a run that its seed decides before it begins.

use std::time::Duration;

use fastrand::Rng;
use longshore::QueueConfig;
use longshore::config::{BatchConfig, OnReject, QueueConfigBuilder, RetryConfig, ShutdownConfig};

use crate::theme::{Faults, Theme};

/// How long handlers and receives may continue after a stop.
pub(crate) const GRACE: Duration = Duration::from_secs(15);

/// What is done to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interruption {
    Stop,
    /// A stop, and a second signal some events later.
    Hurry,
    Kill,
}

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) theme: Theme,
    pub(crate) faults: Faults,
    pub(crate) is_fifo: bool,
    pub(crate) batch: Option<BatchConfig>,
    pub(crate) workers: usize,
    pub(crate) messages: usize,
    pub(crate) groups: usize,
    /// Messages are sent within this time.
    pub(crate) sent_within: Duration,
    /// Faults end after this time.
    pub(crate) faulty_for: Duration,
    /// Rejected messages are moved to the dead-letter queue at once.
    pub(crate) moves_rejects: bool,
    pub(crate) max_receives: u32,
    pub(crate) visibility: Duration,
    pub(crate) wait: Duration,
    concurrency: usize,
    linger: Duration,
    gather: Duration,
    /// Interruptions, each at the event of this number.
    pub(crate) interruptions: Vec<(u64, Interruption)>,
    /// Begin and length of each time without the application.
    pub(crate) outages: Vec<(Duration, Duration)>,
    /// Begin and length of each time without SQS.
    pub(crate) blackouts: Vec<(Duration, Duration)>,
    /// When the machine is suspended, and for how long.
    pub(crate) suspensions: Vec<(Duration, Duration)>,
}

impl Plan {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x6c6f_6e67_7368_6f72);
        let theme = Theme::of(seed);
        let faults = theme.faults();
        let (is_fifo, has_batches) = (rng.bool(), rng.u8(..3) == 0);
        // The call of a batch goes on for the other messages if the lease of one is lost.
        let batch = has_batches.then(|| batch(&mut rng)).filter(|_| faults.long_handler == 0.0);
        let sent_within = Duration::from_secs(rng.u64(1..60));
        let faulty_for = sent_within + Duration::from_secs(rng.u64(10..60));
        Self {
            seed,
            theme,
            faults,
            is_fifo,
            batch,
            workers: rng.usize(1..=3),
            messages: rng.usize(10..=80),
            groups: rng.usize(1..=12),
            sent_within,
            faulty_for,
            moves_rejects: seed % 5 >= 3,
            max_receives: rng.u32(3..=8),
            visibility: Duration::from_secs([40, 50, 60][rng.usize(..3)]),
            wait: Duration::from_secs([1, 5, 20][rng.usize(..3)]),
            concurrency: rng.usize(1..=20).max(batch.map_or(1, |batch| batch.max)),
            linger: Duration::from_millis([0, 200, 1000][rng.usize(..3)]),
            gather: Duration::from_millis([0, 200, 1000][rng.usize(..3)]),
            interruptions: interruptions(&mut rng, faults),
            outages: times(&mut rng, faults.outages, faulty_for, 1..40),
            blackouts: times(&mut rng, faults.blackouts, faulty_for, 1..40),
            suspensions: times(&mut rng, faults.suspensions, faulty_for, 1..90),
        }
    }

    pub(crate) fn config(&self) -> QueueConfigBuilder {
        let queue = if self.is_fifo { "orders.fifo" } else { "orders" };
        QueueConfig::builder(queue)
            .concurrency(self.concurrency)
            .visibility(self.visibility)
            .wait(self.wait)
            .delete_linger(self.linger)
            .gather(self.gather)
            .handler_timeout(self.handler_timeout())
            .retry(RetryConfig::new(Duration::from_secs(1), MAX_RETRY))
            .batch(self.batch)
            .on_reject(if self.moves_rejects { OnReject::DeadLetter } else { OnReject::Redrive })
    }

    /// Shorter than every visibility timeout, unless some handlers take longer.
    fn handler_timeout(&self) -> Duration {
        if self.faults.long_handler > 0.0 { self.visibility * 2 } else { Duration::from_secs(25) }
    }

    /// An interrupted handler can go on for a while after its lease. With long handlers it cannot,
    /// so that no two handlers may have a message.
    pub(crate) fn shutdown(&self) -> ShutdownConfig {
        let shutdown = ShutdownConfig::default().grace(GRACE);
        match self.faults.long_handler > 0.0 {
            true => shutdown.interrupt(Duration::ZERO),
            false => shutdown,
        }
    }
}

/// The longest back-off of a retry. It is shorter than every visibility timeout, which is that of a
/// heartbeat, and so is the delay of a message that an open circuit breaker returns.
const MAX_RETRY: Duration = Duration::from_secs(8);

fn batch(rng: &mut Rng) -> BatchConfig {
    let window = Duration::from_millis([1, 50, 500][rng.usize(..3)]);
    BatchConfig::new(rng.usize(2..=20), window)
}

fn interruptions(rng: &mut Rng, faults: Faults) -> Vec<(u64, Interruption)> {
    let kinds = [
        (faults.stops, Interruption::Stop),
        (faults.hurries, Interruption::Hurry),
        (faults.kills, Interruption::Kill),
    ];
    let mut all = Vec::new();
    for (most, kind) in kinds {
        let count = if most == 0 { 0 } else { rng.usize(1..=most) };
        all.extend((0..count).map(|_| (rng.u64(1..400), kind)));
    }
    all.sort_by_key(|(event, _)| *event);
    all
}

fn times(
    rng: &mut Rng,
    count: usize,
    within: Duration,
    seconds: std::ops::Range<u64>,
) -> Vec<(Duration, Duration)> {
    let mut all: Vec<_> = (0..count)
        .map(|_| {
            let begin = within.mul_f64(rng.f64());
            (begin, Duration::from_secs(rng.u64(seconds.clone())))
        })
        .collect();
    all.sort();
    all
}
