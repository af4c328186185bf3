//! The queues of one server, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock::{Clock, Moment};
use super::live::{DeadLetterQueues, LiveQueue, run_timer};
use super::options::Options;
use super::queue::Queue;
use super::refusal::{Reason, Refusal};
use super::settings::{QueueAttributes, RedriveAllowPolicy, Settings, check_tags};

/// How long a name cannot be used again after its queue is deleted, if cooldowns are enabled.
const DELETE_COOLDOWN_SECONDS: u32 = 60;

#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) account: String,
    region: String,
    in_flight_limit: usize,
    pub(crate) cooldowns: bool,
    clock: Arc<Clock>,
    queues: RwLock<Queues>,
    /// Runs the timer tasks of the queues, and the message move tasks.
    tasks: TaskTracker,
    /// Ends these tasks.
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Queues {
    by_name: BTreeMap<String, Arc<LiveQueue>>,
    /// When each queue was deleted. It is empty unless cooldowns are enabled.
    deleted: BTreeMap<String, Moment>,
}

impl Directory {
    pub(crate) fn new(options: &Options, tasks: TaskTracker, stop: CancellationToken) -> Self {
        Self {
            account: options.account.clone(),
            region: options.region.clone(),
            in_flight_limit: options.in_flight_limit,
            cooldowns: options.cooldowns,
            clock: Arc::new(Clock::start()),
            queues: RwLock::default(),
            tasks,
            stop,
        }
    }

    pub(crate) fn find(&self, name: &str) -> Result<Arc<LiveQueue>, Refusal> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.by_name.get(name).cloned().ok_or_else(Refusal::no_such_queue)
    }

    /// The queues whose names start with `prefix`, sorted by name.
    pub(crate) fn list(&self, prefix: &str) -> Vec<Arc<LiveQueue>> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let from = queues.by_name.range(prefix.to_owned()..);
        from.take_while(|(name, _)| name.starts_with(prefix))
            .map(|(_, live)| Arc::clone(live))
            .collect()
    }

    /// Creates a queue. If it already exists, returns it, provided that no given attribute differs.
    pub(crate) fn create(
        self: &Arc<Self>,
        name: &str,
        given: &QueueAttributes,
        tags: QueueAttributes,
    ) -> Result<Arc<LiveQueue>, Refusal> {
        let settings = Settings::new(name, given)?;
        self.check_redrive(&self.arn(name), &settings)?;
        check_tags(name, &tags)?;
        if let Ok(existing) = self.find(name) {
            return without_conflict(existing, given);
        }
        let arn = self.arn(name);
        let queue = Queue::new(settings, self.in_flight_limit);
        let directory: Weak<Self> = Arc::downgrade(self);
        let dead_letter_queues: Weak<dyn DeadLetterQueues> = directory;
        let live = Arc::new(LiveQueue::new(
            name.to_owned(),
            arn,
            queue,
            Arc::clone(&self.clock),
            dead_letter_queues,
        ));
        live.with_metadata(|metadata, _| metadata.tags = tags);
        match self.insert(name, &live)? {
            Some(earlier) => without_conflict(earlier, given),
            None => {
                self.spawn(run_timer(Arc::clone(&live)));
                Ok(live)
            }
        }
    }

    pub(crate) fn delete(&self, name: &str) -> Result<(), Refusal> {
        let live = {
            let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
            if self.cooldowns {
                queues.deleted.insert(name.to_owned(), self.clock.now());
            }
            queues.by_name.remove(name).ok_or_else(Refusal::no_such_queue)?
        };
        live.delete();
        Ok(())
    }

    /// The queues whose redrive policy names `target`.
    pub(crate) fn dead_letter_sources(&self, target: &LiveQueue) -> Vec<Arc<LiveQueue>> {
        let mut all = self.list("");
        all.retain(|live| {
            live.act(|queue, _| {
                let policy = queue.settings.redrive.as_ref();
                policy.is_some_and(|policy| *policy.target_arn == *target.arn)
            })
        });
        all
    }

    /// Checks that the dead-letter queue in `settings` exists, has the same type, and allows
    /// `source_arn`.
    pub(crate) fn check_redrive(
        &self,
        source_arn: &str,
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let Some(policy) = &settings.redrive else { return Ok(()) };
        let refuse = |why: &str| {
            let value = serde_json::to_string(policy).unwrap_or_default();
            Err(Refusal::invalid("RedrivePolicy", value, why))
        };
        let Ok(target) = self.find(policy.target_name()) else {
            return refuse("Dead letter target does not exist.");
        };
        let (fifo, allow) =
            target.act(|queue, _| (queue.is_fifo(), queue.settings.redrive_allow.clone()));
        if fifo != settings.fifo.is_some() {
            return refuse("Dead-letter queue must be same type of queue as the source.");
        }
        if !allow.as_ref().is_none_or(|allow: &RedriveAllowPolicy| allow.permits(source_arn)) {
            return refuse("Dead-letter queue does not allow this source queue.");
        }
        Ok(())
    }

    /// The clock of the queues.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Runs `task` until it ends or the server stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(task));
    }

    /// The number of tasks that run.
    #[cfg(test)]
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// Adds the queue. Returns the existing one instead if another request created it in the
    /// meantime.
    fn insert(&self, name: &str, live: &Arc<LiveQueue>) -> Result<Option<Arc<LiveQueue>>, Refusal> {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = queues.by_name.get(name) {
            return Ok(Some(Arc::clone(earlier)));
        }
        if let Some(deleted) = queues.deleted.get(name)
            && deleted.after_seconds(DELETE_COOLDOWN_SECONDS) > self.clock.now()
        {
            let message = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
            return Err(Refusal::new(Reason::QueueDeletedRecently, message));
        }
        queues.by_name.insert(name.to_owned(), Arc::clone(live));
        Ok(None)
    }
}

impl DeadLetterQueues for Directory {
    fn find(&self, name: &str) -> Option<Arc<LiveQueue>> {
        self.find(name).ok()
    }
}

fn without_conflict(
    existing: Arc<LiveQueue>,
    given: &QueueAttributes,
) -> Result<Arc<LiveQueue>, Refusal> {
    match existing.act(|queue, _| queue.settings.conflict(&existing.name, given))? {
        None => Ok(existing),
        Some(name) => Err(Refusal::new(
            Reason::QueueNameExists,
            format!(
                "A queue already exists with the same name and a different value for attribute {name}"
            ),
        )),
    }
}
