//! The play: the queue is set up, act one, act two, and the curtain.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::{Instant, sleep_until, timeout};

use super::act::{Act, Shown};
use super::figures::{Acts, Polling};
use super::producer::produce;
use super::stage::Stage;
use longshore::admin::{AdminError, AdminServer};
use longshore::health::Health;
use longshore::queue::{Connection, QueueError};
use longshore::telemetry::Metrics;
use longshore::worker::Stop;
use longshore_local::{Fault, LocalQueue, Options, Refusal, Rule};

/// The local queue takes so long for every request, as SQS does from within its region. Without it
/// short polling would look far worse than it is.
pub const ROUND_TRIP: Duration = Duration::from_millis(10);

const QUEUE: &str = "orders";
/// Before an act ends, no orders come for so long, or for half of the act: time for the last of them to
/// be retried after a second, and for its delete to wait another for company.
const LAST_ORDERS: Duration = Duration::from_millis(2_200);
/// How long an act may go on for what is still to be handled.
const OVERTIME: Duration = Duration::from_secs(3);

/// What is to be played.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// How long short polling is shown.
    pub short_polling: Duration,
    /// How long long polling is shown; `None`: until somebody stops it.
    pub long_polling: Option<Duration>,
    /// Where metrics and health are answered. Port 0 takes a free one.
    pub listen: SocketAddr,
}

/// A play that is ready to begin.
#[derive(Debug)]
pub struct Play {
    program: Program,
    queue: LocalQueue,
    queue_url: String,
    connection: Connection,
    stage: Stage,
    shown: Shown,
    admin: AdminServer,
}

/// Why it cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// No free port on the loopback interface.
    #[error("cannot start the local queue")]
    Listen(#[source] io::Error),
    /// The local queue did not want the demo's queue.
    #[error("cannot create the queue `{QUEUE}`")]
    Queue(#[source] Refusal),
    /// The admin endpoint's address is taken.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// Orders could not be sent.
    #[error("cannot send orders")]
    Send(#[from] QueueError),
    /// A task of the worker or the admin endpoint panicked.
    #[error("a part of the demo ended by itself")]
    Worker(#[source] JoinError),
}

impl Play {
    /// Starts the local queue on a free port of the loopback interface, and the admin endpoint. Reads no
    /// configuration.
    pub async fn prepare(program: Program) -> Result<Self, PlayError> {
        let options = Options::default();
        options.faults.add(Rule::new(Fault::Latency(ROUND_TRIP)));
        let queue = LocalQueue::start(options).await.map_err(PlayError::Listen)?;
        let queue_url = queue.create_queue(QUEUE, &[]).map_err(PlayError::Queue)?;
        let connection = Connection::local(&queue.endpoint_url());
        let (metrics, health) = (Metrics::default(), Health::default());
        let admin = AdminServer::start(program.listen, metrics.clone(), health.clone())?;
        let shown = Shown { metrics, health, admin: admin.address() };
        Ok(Self { program, queue, queue_url, connection, stage: Stage::default(), shown, admin })
    }

    /// Where to look.
    pub fn stage(&self) -> Stage {
        self.stage.clone()
    }

    /// Plays both acts, or as much as there is time for until `stop` begins. **Not cancel-safe**:
    /// dropping it leaves the worker running.
    pub async fn perform(self, stop: &Stop) -> Result<Acts, PlayError> {
        let mut act = self.act(Polling::Short, Some(self.program.short_polling), stop).await?;
        if !stop.has_begun() {
            act.ended().await?;
            self.stage.close();
            act = self.act(Polling::Long, self.program.long_polling, stop).await?;
        }
        self.curtain(act).await
    }

    /// Opens an act and plays it until its time is up and every order handled, or until the stop.
    async fn act(
        &self,
        polling: Polling,
        lasts: Option<Duration>,
        stop: &Stop,
    ) -> Result<Act, PlayError> {
        let began = Instant::now();
        let (act, running) =
            Act::open(&self.connection, &self.queue_url, polling, lasts, &self.shown);
        self.stage.open(running);
        let within = lasts.map(|lasts| lasts - LAST_ORDERS.min(lasts / 2));
        produce(&self.connection.sender(&self.queue_url), within, &act.sent, stop).await?;
        let time_is_up = async {
            if let Some(lasts) = lasts {
                sleep_until(began + lasts).await;
            }
            let handled = self
                .queue
                .until(QUEUE, |counts| counts.visible + counts.in_flight + counts.delayed == 0);
            // Late orders are told by the figures; the play does not wait for them for ever.
            drop(timeout(OVERTIME, handled).await);
        };
        tokio::select! {
            () = time_is_up => {}
            () = stop.begun() => {}
        }
        Ok(act)
    }

    /// The worker takes no more and finishes what it has. Then its open long poll can bring nothing,
    /// and the closing queue answers it, rather than let it wait out its 20 seconds.
    async fn curtain(self, mut act: Act) -> Result<Acts, PlayError> {
        act.stop();
        drop(timeout(OVERTIME, self.queue.until(QUEUE, |counts| counts.in_flight == 0)).await);
        self.queue.stop().await;
        act.ended().await?;
        let acts = self.stage.close();
        let admin = self.admin;
        tokio::task::spawn_blocking(|| admin.stop()).await.map_err(PlayError::Worker)?;
        Ok(acts)
    }
}
