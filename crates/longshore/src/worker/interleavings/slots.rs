//! No more messages are processed than there are slots, and every slot becomes free again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use interleavings::{Time, all, check};
use shuttle::future::{block_on, spawn, yield_now};
use tokio::time::Instant;

use super::metrics;
use crate::queue::BATCH;
use crate::sync::Semaphore;
use crate::worker::slots::{Place, Reservation, Share, Slot, SlotPool};

/// Counts the messages that are processed, and those that wait for a slot.
#[derive(Clone, Default)]
struct Running {
    processed: Arc<AtomicUsize>,
    buffered: Arc<AtomicUsize>,
    /// The largest number of messages that waited at a time.
    most_buffered: Arc<AtomicUsize>,
}

impl Running {
    async fn process(&self, slot: Slot, limit: usize) {
        let running = self.processed.fetch_add(1, SeqCst) + 1;
        assert!(running <= limit, "{running} messages are processed with {limit} slots");
        yield_now().await;
        self.processed.fetch_sub(1, SeqCst);
        drop(slot);
    }

    /// Processes a message in each place of the reservation.
    async fn process_all(&self, pool: &Arc<SlotPool>, mut reservation: Reservation, limit: usize) {
        let mut handlers = Vec::new();
        while let Some(place) = reservation.next() {
            let (running, pool) = (self.clone(), pool.clone());
            handlers.push(spawn(async move {
                let slot = match place {
                    Place::Slot(slot) => slot,
                    Place::Prefetch(buffered) => {
                        let waiting = running.buffered.fetch_add(1, SeqCst) + 1;
                        assert!(waiting <= BATCH, "{waiting} messages wait for a slot");
                        running.most_buffered.fetch_max(waiting, SeqCst);
                        let slot = pool.slot_for(buffered).await;
                        running.buffered.fetch_sub(1, SeqCst);
                        slot
                    }
                };
                running.process(slot, limit).await;
            }));
        }
        all(handlers).await;
    }
}

fn pool(limit: usize, share: Option<Share>, max_hold: Duration) -> Arc<SlotPool> {
    SlotPool::new(limit, share, max_hold, metrics())
}

#[test]
fn receives_never_process_more_messages_than_slots() {
    check(|_| {
        let (pool, running) = (pool(2, None, Duration::ZERO), Running::default());
        let receives = (0..3).map(|_| {
            let (pool, running) = (pool.clone(), running.clone());
            spawn(async move {
                let reservation = pool.reserve(BATCH, Duration::ZERO, false).await;
                assert!(reservation.len() > 0, "a receive needs a place");
                running.process_all(&pool, reservation, 2).await;
            })
        });
        let receives: Vec<_> = receives.collect();
        block_on(all(receives));
        assert_eq!(pool.free(), 2);
    });
}

#[test]
fn a_receive_that_waits_for_a_full_batch_ends_when_its_wait_ends() {
    check(|time| {
        let (pool, running) = (pool(3, None, Duration::ZERO), Running::default());
        let wait = Duration::from_millis(100);
        let receives = (0..2).map(|_| {
            let (pool, running) = (pool.clone(), running.clone());
            spawn(async move {
                let reservation = pool.reserve(BATCH, wait, false).await;
                running.process_all(&pool, reservation, 3).await;
            })
        });
        let receives: Vec<_> = receives.collect();
        block_on(time.pass(wait, receives));
        assert_eq!(pool.free(), 3);
    });
}

#[test]
fn queues_never_process_more_messages_than_their_shared_limit() {
    check(|time| {
        let limit = Arc::new(Semaphore::new(2));
        let share = || Some(Share { limit: limit.clone(), per_turn: 2 });
        let running = Running::default();
        let receives = [(true, share()), (false, share()), (false, share())];
        let tasks: Vec<_> = receives
            .into_iter()
            .map(|(is_quiet, share)| {
                let (pool, running) = (pool(2, share, Duration::ZERO), running.clone());
                spawn(async move {
                    let reservation = pool.reserve(2, Duration::ZERO, is_quiet).await;
                    running.process_all(&pool, reservation, 2).await;
                    assert_eq!(pool.free(), 2);
                })
            })
            .collect();
        block_on(time.pass(Duration::from_millis(50), tasks));
        assert_eq!(limit.available_permits(), 2);
    });
}

#[test]
fn an_open_long_poll_lends_its_shared_slots_to_other_queues() {
    check(|_| {
        let limit = Arc::new(Semaphore::new(1));
        let share = || Some(Share { limit: limit.clone(), per_turn: 1 });
        let (long_poll, busy) =
            (pool(1, share(), Duration::ZERO), pool(1, share(), Duration::ZERO));
        let running = Running::default();
        let poll = {
            let running = running.clone();
            spawn(async move {
                let mut reservation = long_poll.reserve(1, Duration::ZERO, false).await;
                reservation.unshare();
                yield_now().await;
                running.process_all(&long_poll, reservation, 1).await;
            })
        };
        let receive = spawn(async move {
            let reservation = busy.reserve(1, Duration::ZERO, false).await;
            running.process_all(&busy, reservation, 1).await;
        });
        block_on(all([poll, receive]));
        assert_eq!(limit.available_permits(), 1);
    });
}

#[test]
fn a_receive_that_is_dropped_while_it_waits_frees_what_it_took() {
    check(|_| {
        let limit = Arc::new(Semaphore::new(1));
        let pool = pool(2, Some(Share { limit: limit.clone(), per_turn: 1 }), Duration::ZERO);
        let tasks = (0..3).map(|patience| {
            let pool = pool.clone();
            spawn(async move {
                tokio::select! {
                    biased;
                    reservation = pool.reserve(2, Duration::ZERO, false) => drop(reservation),
                    () = yields(patience) => {}
                }
            })
        });
        let tasks: Vec<_> = tasks.collect();
        block_on(all(tasks));
        assert_eq!((pool.free(), limit.available_permits()), (2, 1));
    });
}

async fn yields(times: usize) {
    for _ in 0..times {
        yield_now().await;
    }
}

#[test]
fn buffered_messages_never_exceed_one_batch() {
    let most = Arc::new(AtomicUsize::new(0));
    let noted = most.clone();
    check(move |time| {
        let pool = pool(1, None, Duration::from_secs(1));
        let running = Running { most_buffered: noted.clone(), ..Running::default() };
        let tasks = (0..2).map(|_| {
            let (pool, running, time) = (pool.clone(), running.clone(), time.clone());
            spawn(async move {
                fast_turnover(&pool, &time).await;
                let reservation = pool.reserve(BATCH, Duration::ZERO, false).await;
                running.process_all(&pool, reservation, 1).await;
            })
        });
        let tasks: Vec<_> = tasks.collect();
        block_on(all(tasks));
        assert_eq!(pool.free(), 1);
    });
    assert_eq!(most.load(SeqCst), BATCH, "no receive prefetched a batch");
}

/// Frees slots so fast that a receive prefetches.
async fn fast_turnover(pool: &Arc<SlotPool>, time: &Time) {
    for _ in 0..BATCH {
        let slot = pool.next_free().await;
        let began = Instant::now();
        time.advance(Duration::from_millis(1));
        assert!(began.elapsed() > Duration::ZERO);
        drop(slot);
    }
}
