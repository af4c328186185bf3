//! The queues of one server, by their place and name.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clock::{Clock, Moment};
use super::live::{DeadLetterQueues, LiveQueue, run_timer};
use super::options::Options;
use super::queue::Queue;
use super::refusal::{Reason, Refusal};
use super::scope::Scope;
use super::settings::{QueueAttributes, RedriveAllowPolicy, Settings, check_tags};
use super::strays::Strays;

/// How long a name cannot be used again after its queue is deleted, if cooldowns are enabled.
const DELETE_COOLDOWN_SECONDS: u32 = 60;

#[derive(Debug)]
pub(crate) struct Directory {
    /// The place of requests without a signature.
    pub(crate) home: Scope,
    in_flight_limit: usize,
    pub(crate) cooldowns: bool,
    clock: Arc<Clock>,
    queues: RwLock<Queues>,
    strays: Strays,
    /// Runs the timer tasks of the queues, and the message move tasks.
    tasks: TaskTracker,
    /// Ends these tasks.
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Queues {
    by_name: BTreeMap<Scope, BTreeMap<String, Arc<LiveQueue>>>,
    /// When each queue was deleted, by ARN. It is empty unless cooldowns are enabled.
    deleted: BTreeMap<Arc<str>, Moment>,
}

impl Directory {
    pub(crate) fn new(options: &Options, tasks: TaskTracker, stop: CancellationToken) -> Self {
        Self {
            home: Scope::new(&options.region, &options.account),
            in_flight_limit: options.in_flight_limit,
            cooldowns: options.cooldowns,
            clock: Arc::new(Clock::start()),
            queues: RwLock::default(),
            strays: Strays::default(),
            tasks,
            stop,
        }
    }

    /// The queue in the first of these places that has one.
    pub(crate) fn find_in(&self, places: &[Scope], name: &str) -> Result<Arc<LiveQueue>, Refusal> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = places.iter().filter_map(|place| queues.by_name.get(place)?.get(name));
        if let Some(found) = found.next() {
            return Ok(Arc::clone(found));
        }
        let mut others = queues.by_name.iter();
        if let Some((other, _)) = others.find(|(_, names)| names.contains_key(name))
            && let Some(asked) = places.first()
        {
            self.strays.log(asked, other, name);
        }
        Err(Refusal::no_such_queue())
    }

    pub(crate) fn find(&self, scope: &Scope, name: &str) -> Result<Arc<LiveQueue>, Refusal> {
        self.find_in(std::slice::from_ref(scope), name)
    }

    /// The queues of a place whose names start with `prefix`, sorted by name.
    pub(crate) fn list(&self, scope: &Scope, prefix: &str) -> Vec<Arc<LiveQueue>> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        let Some(names) = queues.by_name.get(scope) else { return Vec::new() };
        let from = names.range(prefix.to_owned()..);
        from.take_while(|(name, _)| name.starts_with(prefix))
            .map(|(_, live)| Arc::clone(live))
            .collect()
    }

    /// Every queue, sorted by account, region and name.
    pub(crate) fn all(&self) -> Vec<Arc<LiveQueue>> {
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.by_name.values().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Creates a queue. If it already exists, returns it, provided that no given attribute differs.
    pub(crate) fn create(
        self: &Arc<Self>,
        scope: &Scope,
        name: &str,
        given: &QueueAttributes,
        tags: QueueAttributes,
    ) -> Result<Arc<LiveQueue>, Refusal> {
        let settings = Settings::new(name, given)?;
        self.check_redrive(&scope.arn(name), &settings)?;
        check_tags(name, &tags)?;
        if let Ok(existing) = self.find(scope, name) {
            return without_conflict(existing, given);
        }
        let queue = Queue::new(settings, self.in_flight_limit);
        let directory: Weak<Self> = Arc::downgrade(self);
        let dead_letter_queues: Weak<dyn DeadLetterQueues> = directory;
        let live = Arc::new(LiveQueue::new(
            name.to_owned(),
            scope.clone(),
            queue,
            Arc::clone(&self.clock),
            dead_letter_queues,
        ));
        live.with_metadata(|metadata, _| metadata.tags = tags);
        match self.insert(&live)? {
            Some(earlier) => without_conflict(earlier, given),
            None => {
                self.spawn(run_timer(Arc::clone(&live)));
                Ok(live)
            }
        }
    }

    pub(crate) fn delete(&self, live: &LiveQueue) -> Result<(), Refusal> {
        let removed = {
            let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
            if self.cooldowns {
                queues.deleted.insert(Arc::clone(&live.arn), self.clock.now());
            }
            let names = queues.by_name.get_mut(&live.scope);
            names.and_then(|names| names.remove(&live.name)).ok_or_else(Refusal::no_such_queue)?
        };
        removed.delete();
        Ok(())
    }

    /// The queues whose redrive policy names `target`.
    pub(crate) fn dead_letter_sources(&self, target: &LiveQueue) -> Vec<Arc<LiveQueue>> {
        let mut all = self.list(&target.scope, "");
        all.retain(|live| {
            live.act(|queue, _| {
                let policy = queue.settings.redrive.as_ref();
                policy.is_some_and(|policy| *policy.target_arn == *target.arn)
            })
        });
        all
    }

    /// Checks that the dead-letter queue in `settings` exists in the place of `source_arn`, has the
    /// same type, and allows it.
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
        let place = Scope::of_arn(source_arn).map(|(scope, _)| scope);
        let in_place = |target: &Arc<LiveQueue>| Some(&target.scope) == place.as_ref();
        let Some(target) = self.find_arn(&policy.target_arn).filter(in_place) else {
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

    /// Adds the queue. Returns the existing one instead if another request created it in the
    /// meantime.
    fn insert(&self, live: &Arc<LiveQueue>) -> Result<Option<Arc<LiveQueue>>, Refusal> {
        let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
        let Queues { by_name, deleted } = &mut *queues;
        let names = by_name.entry(live.scope.clone()).or_default();
        if let Some(earlier) = names.get(&live.name) {
            return Ok(Some(Arc::clone(earlier)));
        }
        if let Some(deleted) = deleted.get(&live.arn)
            && deleted.after_seconds(DELETE_COOLDOWN_SECONDS) > self.clock.now()
        {
            let message = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
            return Err(Refusal::new(Reason::QueueDeletedRecently, message));
        }
        names.insert(live.name.clone(), Arc::clone(live));
        Ok(None)
    }
}

impl DeadLetterQueues for Directory {
    fn find_arn(&self, arn: &str) -> Option<Arc<LiveQueue>> {
        let (scope, name) = Scope::of_arn(arn)?;
        self.find(&scope, name).ok()
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
