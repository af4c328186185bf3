//! Workers, their queue and their application, in virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use longshore::config::QueueConfigBuilder;
use longshore::health::Health;
use longshore::outcome::TaskSender;
use longshore::report::{Report, Verdict};
use longshore::telemetry::Metrics;
use longshore::testing::FakeQueue;
use longshore::worker::CountedSender;
use longshore::{QueueConfig, Stop, Worker};
use longshore_cron::{Clock, CronFile, OnlyLeader, PeriodicSender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::application::Application;
use super::link::{Link, Trouble};
use super::recording::Recording;

/// What an open send has at the end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Everything that a fault can change.
pub(crate) struct Stage {
    pub(crate) queue: FakeQueue,
    pub(crate) application: Application,
    pub(crate) config: QueueConfigBuilder,
    /// The schedule of a periodic task, which each worker sends.
    pub(crate) schedule: Option<&'static str>,
    workers: Vec<Process>,
    traffic: Arc<Traffic>,
    started: u32,
    pub(crate) recording: Recording,
}

/// The messages that are sent.
#[derive(Default)]
struct Traffic {
    /// Microseconds between two messages; 0 for no messages.
    interval: AtomicU64,
    /// The number of message groups; 0 for messages without one.
    groups: AtomicU64,
}

/// A worker's process.
struct Process {
    /// The number of processes before it.
    number: u32,
    instance: String,
    metrics: Metrics,
    health: Health,
    stop: Stop,
    link: Link,
    running: JoinHandle<longshore::Report>,
}

impl Stage {
    /// Two workers, a dead-letter queue, and a message a second.
    pub(crate) fn new() -> Self {
        let queue = FakeQueue::new();
        queue.redrive_after(5);
        queue.report_dead_letters(0, Duration::from_secs(14 * 24 * 3600));
        let stage = Self {
            application: Application::new(),
            config: QueueConfig::builder("orders"),
            schedule: None,
            workers: Vec::new(),
            traffic: Arc::default(),
            started: 0,
            recording: Recording::new(),
            queue,
        };
        stage.sends(1.0);
        tokio::spawn(produce(stage.queue.clone(), stage.traffic.clone()));
        stage
    }

    /// Messages a second from now on.
    pub(crate) fn sends(&self, per_second: f64) {
        let micros = if per_second > 0.0 { 1e6 / per_second } else { 0.0 };
        self.traffic.interval.store(micros as u64, Relaxed);
    }

    /// A FIFO queue with this number of groups.
    pub(crate) fn has_groups(&mut self, groups: u64) {
        self.config = QueueConfig::builder("orders.fifo").name("orders");
        self.traffic.groups.store(groups, Relaxed);
    }

    pub(crate) fn start_worker(&mut self) {
        let instance = format!("pod-{}", self.started + 1);
        let process = self.process(instance);
        self.workers.push(process);
    }

    fn process(&mut self, instance: String) -> Process {
        self.started += 1;
        let number = self.started;
        let link = Link::new(&self.queue);
        let config = self.config.clone().build().expect("a valid configuration");
        let worker = Worker::builder().add(config, link.clone(), self.application.clone());
        let worker = worker.build().expect("a valid worker");
        let (metrics, health, stop) =
            (worker.metrics().clone(), worker.health().clone(), Stop::new());
        if let Some(schedule) = self.schedule {
            tokio::spawn(periodic_task(schedule, &metrics, &link).run(stop.clone(), SHUTDOWN));
        }
        let running = tokio::spawn(worker.run(stop.clone()));
        Process { number, instance, metrics, health, stop, link, running }
    }

    /// All workers are configured like this.
    pub(crate) fn tasks_sent_by(&self, sender: TaskSender) {
        for Process { metrics, .. } in &self.workers {
            let queue = metrics.queue("orders").expect("the queue is registered");
            metrics.periodic_task_sender(&queue, sender, true);
        }
    }

    /// Changes the links of all workers.
    pub(crate) fn links(&self, change: impl Fn(&mut Trouble)) {
        self.workers.iter().for_each(|worker| worker.link.has(&change));
    }

    /// Changes the link of one worker.
    pub(crate) fn first_link(&self, change: impl FnOnce(&mut Trouble)) {
        self.workers[0].link.has(change);
    }

    /// The first worker is killed, and its target disappears.
    pub(crate) fn kill_worker(&mut self) {
        let killed = self.workers.remove(0);
        killed.link.has(|trouble| trouble.severed = true);
        killed.running.abort();
    }

    /// The first worker is killed and restarted at the same address.
    pub(crate) fn restart_worker(&mut self) {
        let killed = &self.workers[0];
        killed.link.has(|trouble| trouble.severed = true);
        killed.running.abort();
        let instance = killed.instance.clone();
        self.workers[0] = self.process(instance);
    }

    /// The first worker is replaced, as in a deploy. It is scraped until it has ended.
    pub(crate) fn replace_worker(&mut self) {
        self.workers[0].stop.begin();
        self.start_worker();
    }

    /// Scrapes all workers. Those that have ended disappear afterwards.
    pub(crate) fn scrape(&mut self) {
        self.recording.next();
        for worker in &self.workers {
            self.recording.add(&worker.instance, worker.number, &worker.metrics);
        }
        self.workers.retain(|worker| !worker.running.is_finished());
    }

    /// The worst verdict on the pages of the workers. `None` without a worker.
    pub(crate) fn page(&self) -> Option<Verdict> {
        let verdicts = self
            .workers
            .iter()
            .map(|worker| Report::new(&worker.metrics, &worker.health).queues[0].verdict.clone());
        verdicts.max_by_key(|verdict| verdict.level)
    }
}

fn periodic_task(schedule: &str, metrics: &Metrics, link: &Link) -> PeriodicSender {
    let task = format!("{{name: backup, url: /backup, schedule: {schedule:?}}}");
    let file = CronFile::parse(&format!("version: 1\ncron: [{task}]")).expect("a valid file");
    let queue = metrics.queue("orders").expect("the queue is registered");
    let sender = CountedSender::new(link.clone(), queue.clone());
    let (clock, grace) = (VirtualClock(Instant::now()), Duration::from_secs(300));
    PeriodicSender::new((metrics, &queue), file, sender, OnlyLeader::default(), clock, grace)
}

/// The clock of tokio, from the epoch on.
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(86_400) + self.0.elapsed()
    }
}

async fn produce(queue: FakeQueue, traffic: Arc<Traffic>) {
    for number in 0.. {
        let mut micros = traffic.interval.load(Relaxed);
        while micros == 0 {
            sleep(Duration::from_secs(1)).await;
            micros = traffic.interval.load(Relaxed);
        }
        sleep(Duration::from_micros(micros)).await;
        match traffic.groups.load(Relaxed) {
            0 => queue.send("order"),
            groups => queue.send_in_group(&format!("customer-{}", number % groups), "order"),
        }
    }
}
