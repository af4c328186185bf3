//! One run: a time with faults, a clean stop of all workers, and a worker that processes the rest.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use longshore::telemetry::Metrics;
use longshore::{Report, Stop, Worker};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::account::{Account, Excuse};
use crate::application::Application;
use crate::mark::{Mark, Marks};
use crate::plan::Plan;
use crate::verdict::{self, Ended};
use crate::wire::{LONGEST_TRAVEL, Wire};
use crate::world::World;

/// In this virtual time the rest must be processed.
const RECOVERY: Duration = Duration::from_secs(3600);
/// A worker is replaced after this time.
const REPLACED_AFTER: Duration = Duration::from_secs(1);

/// A worker's process.
pub(crate) struct Process {
    pub(crate) number: usize,
    pub(crate) metrics: Metrics,
    running: JoinHandle<Report>,
}

/// What a run has found.
pub(crate) struct Outcome {
    pub(crate) plan: Plan,
    pub(crate) verdict: verdict::Found,
    pub(crate) trace: String,
}

/// Plays the run of a seed, on this thread and in virtual time.
pub(crate) fn play(seed: u64, marks: &Arc<Marks>) -> Outcome {
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    let plan = Plan::of(seed);
    runtime.block_on(async {
        let world = Arc::new(World::new(plan.clone(), marks.clone()));
        let verdict = whole(&world).await;
        let trace = std::mem::take(&mut world.lock().trace);
        Outcome { plan, verdict, trace }
    })
}

async fn whole(world: &Arc<World>) -> verdict::Found {
    let mut processes: Vec<Process> = (0..world.plan.workers).map(|_| start(world)).collect();
    let sender = tokio::spawn(send(world.clone()));
    let suspender = tokio::spawn(suspend(world.clone()));
    let healed = world.began + world.plan.faulty_for;
    loop {
        tokio::select! {
            biased;
            () = sleep_until(healed) => break,
            () = world.interrupted.notified() => {
                sleep(REPLACED_AFTER).await;
                processes.push(start(world));
            }
        }
    }
    suspender.await.expect("it does not panic");
    sender.await.expect("it does not panic");
    world.heal();
    let healed = Instant::now();
    world.stop_all();
    let mut ended = Vec::new();
    for process in processes {
        ended.push(end(world, process).await);
    }
    // Answers without a client have arrived then, and no visibility timeout has ended.
    sleep(LONGEST_TRAVEL * 2).await;
    verdict::check_nothing_hidden(world);
    let last = start(world);
    let has_recovered = timeout(RECOVERY, drained(world)).await.is_ok();
    let recovery = healed.elapsed();
    world.stop_all();
    ended.push(end(world, last).await);
    verdict::Found::of(world, &ended, has_recovered.then_some(recovery))
}

fn start(world: &Arc<World>) -> Process {
    let number = world.lock().processes.len();
    let severed = Arc::new(AtomicBool::new(false));
    let wire = Wire { world: world.clone(), process: number, severed: severed.clone() };
    let application =
        Application { world: world.clone(), process: number, severed: severed.clone() };
    let config = world.plan.config().build().expect("a valid configuration");
    let builder = Worker::builder().shutdown(world.plan.shutdown());
    let builder = match world.plan.batch {
        Some(_) => builder.add_batch(config, wire, application),
        None => builder.add(config, wire, application),
    };
    let worker = builder.build().expect("a worker with one queue");
    let (metrics, stop) = (worker.metrics().clone(), Stop::new());
    let running = tokio::spawn(worker.run(stop.clone()));
    world.seat(stop, running.abort_handle(), severed, metrics.clone());
    world.event(format_args!("start   w{number}"));
    Process { number, metrics, running }
}

async fn end(world: &World, process: Process) -> Ended {
    let Process { number, metrics, running } = process;
    let report = match timeout(RECOVERY, running).await {
        Ok(Ok(report)) => Some(report),
        Ok(Err(aborted)) => {
            assert!(aborted.is_cancelled(), "a worker panicked: {aborted}");
            None
        }
        Err(_) => {
            world.problem(format!("w{number} did not end within an hour"));
            None
        }
    };
    world.event(format_args!("ended   w{number}"));
    Ended { number, metrics, report }
}

/// Messages arrive in groups of random sizes.
async fn send(world: Arc<World>) {
    let pause = world.plan.sent_within / world.plan.messages as u32;
    for _ in 0..world.plan.messages {
        {
            let mut state = world.lock();
            let group = state.rng.usize(..world.plan.groups);
            state.sqs.send(Instant::now(), group);
            state.accounts.push(Account::default());
        }
        world.changed.notify_waiters();
        if world.chance(0.5) {
            sleep(pause * 2).await;
        }
    }
}

/// Suspends all processes at once: time passes, and nothing runs.
async fn suspend(world: Arc<World>) {
    for (at, length) in world.plan.suspensions.clone() {
        sleep_until(world.began + at).await;
        world.marks.reach(Mark::Suspended);
        world.lock().excuse_in_flight(Instant::now(), Excuse::Suspended);
        world.event(format_args!("suspended for {length:?}"));
        tokio::time::advance(length).await;
    }
}

async fn drained(world: &World) {
    while !world.lock().sqs.is_drained() {
        sleep(Duration::from_secs(1)).await;
    }
}
