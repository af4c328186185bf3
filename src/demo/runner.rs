//! Runs the demo: starts the local queue and the admin endpoint, then one act after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::act::Act;
use super::consumer::{Consumer, Telemetry};
use super::deploy::{self, Deploys};
use super::error::DemoError;
use super::handler::process_orders;
use super::orders::send_orders;
use super::progress::Progress;
use super::results::Results;
use longshore::admin::AdminServer;
use longshore::health::Health;
use longshore::queue::Connection;
use longshore::telemetry::Metrics;
use longshore::worker::Stop;
use longshore_local::{Fault, Options, Rule, Server};

/// The latency of every request to the local queue, as SQS has within its region. Without it, short
/// polling would send more receives and look more expensive than it is.
pub const ROUND_TRIP: Duration = Duration::from_millis(10);

const QUEUE: &str = "orders";
/// The producer stops this long before the end of an act, or after half of it. In this time, the
/// last orders can be retried after 1 s, and their deletes can linger for 1 s.
const QUIET_END: Duration = Duration::from_millis(2_200);
/// An act may take this much longer to process its remaining orders.
const OVERTIME: Duration = Duration::from_secs(3);

/// The options of a demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoOptions {
    /// Duration of act 1 and of act 2, short and long polling.
    pub polling: Duration,
    /// Whether the last worker runs until the demo is stopped. Otherwise the demo ends after act 4.
    pub runs_on: bool,
    /// Address of the status page, the metrics and the health endpoints. Port 0 selects a free
    /// port.
    pub listen: SocketAddr,
}

/// A demo that is ready to run.
#[derive(Debug)]
pub struct Demo {
    options: DemoOptions,
    queue: Server,
    queue_url: String,
    deploy_url: String,
    connection: Connection,
    progress: Progress,
    telemetry: Telemetry,
    admin: AdminServer,
}

impl Demo {
    /// Starts the local queue on a free port of the loopback interface, and the admin endpoint.
    /// Reads no configuration.
    pub async fn start(options: DemoOptions) -> Result<Self, DemoError> {
        let queue_options = Options::default();
        queue_options.faults.add(Rule::new(Fault::Latency(ROUND_TRIP)));
        let queue = Server::start_with(queue_options).await.map_err(DemoError::Listen)?;
        let queue_url = queue.create_queue(QUEUE, &[]).map_err(DemoError::Queue)?;
        let deploy_url = queue.create_queue(deploy::QUEUE, &[]).map_err(DemoError::Queue)?;
        let connection = Connection::local(&queue.endpoint_url());
        let (metrics, health) = (Metrics::default(), Health::default());
        let admin = AdminServer::start(options.listen, metrics.clone(), health.clone())?;
        let telemetry = Telemetry { metrics, health, admin: admin.address() };
        let progress = Progress::default();
        Ok(Self { options, queue, queue_url, deploy_url, connection, progress, telemetry, admin })
    }

    /// A handle to the progress of this demo.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Runs all acts, or less if `stop` begins earlier. **Not cancel-safe**: if this future is
    /// dropped, the workers keep running.
    pub async fn run(self, stop: &Stop) -> Result<Results, DemoError> {
        let mut workers = vec![self.poll(Act::ShortPolling, stop).await?];
        if !stop.has_begun() {
            workers[0].stop().await?;
            workers = vec![self.poll(Act::LongPolling, stop).await?];
        }
        if !stop.has_begun() {
            // It waits for its open receive, and nothing waits for it.
            workers[0].begin_stop();
            let deploys = Deploys {
                queue: &self.queue,
                url: &self.deploy_url,
                connection: &self.connection,
                telemetry: &self.telemetry,
                progress: &self.progress,
                stop,
            };
            let last = deploys.run().await?;
            if self.options.runs_on {
                let sender = self.connection.sender(&self.deploy_url);
                send_orders(&sender, None, &last.sent, stop).await?;
            }
            workers.push(last);
        }
        self.shut_down(workers).await
    }

    /// Runs a worker until the time of its act is over and every order is processed, or until the
    /// stop. The worker is still running.
    async fn poll(&self, act: Act, stop: &Stop) -> Result<Consumer, DemoError> {
        let began = Instant::now();
        let duration = self.options.polling;
        let wait_times = Arc::default();
        let handler = process_orders(Arc::clone(&wait_times));
        let name = (act.queue_name(), act.wait());
        let worker =
            Consumer::start(&self.connection, &self.queue_url, name, handler, &self.telemetry);
        let running = worker.running((act, Some(duration)), wait_times, &self.telemetry);
        self.progress.begin(running);
        let limit = Some(duration - QUIET_END.min(duration / 2));
        send_orders(&self.connection.sender(&self.queue_url), limit, &worker.sent, stop).await?;
        let finished = async {
            sleep_until(began + duration).await;
            let processed = async {
                let is_empty = self
                    .queue
                    .until(QUEUE, |counts| counts.visible + counts.in_flight + counts.delayed == 0);
                is_empty.await;
                // The worker counts a delete when its answer arrives.
                while worker.in_flight() > 0 {
                    sleep(ROUND_TRIP).await;
                }
            };
            // If orders remain after this time, the results show fewer processed than sent
            // messages.
            drop(timeout(OVERTIME, processed).await);
        };
        tokio::select! {
            () = finished => {}
            () = stop.begun() => {}
        }
        Ok(worker)
    }

    /// Stops the workers, the queue and the admin endpoint. The queue stops as soon as nothing is in
    /// flight, because this ends the open long polls. They would otherwise last up to 20 s.
    async fn shut_down(self, workers: Vec<Consumer>) -> Result<Results, DemoError> {
        workers.iter().for_each(Consumer::begin_stop);
        for queue in [QUEUE, deploy::QUEUE] {
            let settled = self.queue.until(queue, |counts| counts.in_flight == 0);
            drop(timeout(OVERTIME, settled).await);
        }
        self.queue.stop().await;
        for mut worker in workers {
            worker.stop().await?;
        }
        let results = self.progress.finish();
        let admin = self.admin;
        tokio::task::spawn_blocking(|| admin.stop()).await?;
        Ok(results)
    }
}
