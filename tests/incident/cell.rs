//! Some workers of the fleet, and their part of the queue.

use std::collections::VecDeque;
use std::time::Duration;

use longshore::telemetry::Metrics;
use longshore::testing::{FakeQueue, Simulation};
use longshore::{Stop, Worker};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::application::Application;
use crate::link::Link;
use crate::phase::Phase;

/// The requests of two in three workers take this much longer than the 10 ms of the link, as from
/// other zones. With it, 36 workers that do not wait send the 7.2 billion empty receives per month.
const DISTANCE: Duration = Duration::from_millis(1);
/// Kubernetes waits this long between SIGTERM and SIGKILL.
const TERMINATION_GRACE: Duration = Duration::from_secs(30);

pub(crate) struct Cell {
    /// The phase whose settings a new worker gets.
    settings: Phase,
    pub(crate) queue: FakeQueue,
    pub(crate) application: Application,
    pub(crate) processes: VecDeque<Process>,
    started: u32,
    /// Processes that were killed.
    pub(crate) killed: u64,
    /// Processes that were removed and drained.
    pub(crate) drained: u64,
}

/// A worker's process.
pub(crate) struct Process {
    /// The number of processes before it.
    pub(crate) number: u32,
    pub(crate) started: Instant,
    pub(crate) metrics: Metrics,
    stop: Stop,
    link: Link,
    killed: CancellationToken,
    running: JoinHandle<longshore::Report>,
    /// When it gets SIGKILL.
    is_killed_at: Option<Instant>,
}

impl Cell {
    pub(crate) fn new(phase: Phase, arrivals: VecDeque<Instant>) -> Self {
        let mut simulation = Simulation::default();
        (simulation.arrivals, simulation.has_times) = (arrivals, true);
        let queue = FakeQueue::simulated(simulation);
        queue.redrive_after(10);
        queue.report_dead_letters(0, Duration::from_secs(14 * 24 * 3600));
        Self {
            settings: phase,
            queue,
            application: Application::default(),
            processes: VecDeque::new(),
            started: 0,
            killed: 0,
            drained: 0,
        }
    }

    /// Starts or removes workers until this number runs. The oldest is removed first.
    pub(crate) fn scale(&mut self, workers: usize) {
        let stays = |process: &&Process| !process.is_leaving();
        let running = self.processes.iter().filter(stays).count();
        for _ in running..workers {
            self.start();
        }
        let drains = self.settings.drains();
        let oldest = self.processes.iter_mut().filter(|process| !process.is_leaving());
        for process in oldest.take(running.saturating_sub(workers)) {
            match drains {
                true => process.stop.begin(),
                false => process.is_killed_at = Some(Instant::now() + TERMINATION_GRACE),
            }
        }
    }

    /// Replaces all workers by this number of workers with the settings of a phase. The old ones leave as
    /// their settings say.
    pub(crate) fn deploy(&mut self, settings: Phase, workers: usize) {
        self.scale(0);
        self.settings = settings;
        self.scale(workers);
    }

    fn start(&mut self) {
        self.started += 1;
        let link = Link::new(&self.queue);
        let is_near = self.started.is_multiple_of(3);
        link.has(|trouble| trouble.distance = if is_near { Duration::ZERO } else { DISTANCE });
        let config = self.settings.config().build().expect("a valid configuration");
        let killed = CancellationToken::new();
        let handler = self.application.in_process(killed.clone());
        let worker = Worker::builder().add(config, link.clone(), handler);
        let worker = worker.build().expect("a valid worker");
        let (metrics, stop) = (worker.metrics().clone(), Stop::new());
        let running = tokio::spawn(worker.run(stop.clone()));
        let (number, started) = (self.started, Instant::now());
        self.processes.push_back(Process {
            number,
            started,
            metrics,
            stop,
            link,
            killed,
            running,
            is_killed_at: None,
        });
    }

    /// Waits, and kills the processes whose time comes.
    pub(crate) async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Some(at) = self.processes.iter().filter_map(|process| process.is_killed_at).min()
            && at <= until
        {
            sleep_until(at).await;
            let due = |process: &Process| process.is_killed_at.is_some_and(|kill| kill <= at);
            self.processes.iter().filter(|process| due(process)).for_each(Process::kill);
            let before = self.processes.len();
            self.processes.retain(|process| !due(process));
            self.killed += (before - self.processes.len()) as u64;
        }
        sleep_until(until).await;
    }

    /// Forgets the processes that have ended, after a last scrape.
    pub(crate) fn forget_ended(&mut self) {
        let before = self.processes.len();
        self.processes.retain(|process| !process.running.is_finished());
        self.drained += (before - self.processes.len()) as u64;
    }
}

impl Process {
    fn is_leaving(&self) -> bool {
        self.is_killed_at.is_some() || self.stop.has_begun()
    }

    fn kill(&self) {
        self.link.has(|trouble| trouble.severed = true);
        self.killed.cancel();
        self.running.abort();
    }
}
