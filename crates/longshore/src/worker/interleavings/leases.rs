//! A lease has one owner, and no heartbeat is sent for a lease that is being settled.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use interleavings::{all, check};
use shuttle::future::{JoinHandle, block_on, spawn, yield_now};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::metrics;
use crate::outcome::{Fate, Settled};
use crate::queue::Message;
use crate::slo::{DeliveryJudge, ReceiveEnd};
use crate::worker::heartbeat;
use crate::worker::heartbeat_schedule::{Extended, Extension};
use crate::worker::lease::{Lease, SilentLease};
use crate::worker::lease_table::LeaseTable;
use crate::worker::stop::Stop;

const VISIBILITY: Duration = Duration::from_secs(30);

fn leases() -> Arc<LeaseTable> {
    LeaseTable::new(VISIBILITY, metrics(), Arc::new(DeliveryJudge::new(3)), Stop::new())
}

/// A lease whose first heartbeat is due now.
fn due_lease(leases: &Arc<LeaseTable>, id: &str) -> Lease {
    let answered = Instant::now() - VISIBILITY / 2;
    Lease::take(leases, &Message::new(id, id, "body"), answered)
}

fn settle(lease: SilentLease) {
    lease.settle(Settled::Deleted, Fate::Completed, ReceiveEnd::Deleted);
}

/// The heartbeats of a queue, with the receipts that are on their way to SQS.
#[derive(Clone, Default)]
struct Heartbeats {
    sent: Arc<Mutex<BTreeSet<String>>>,
    silent: Arc<Mutex<BTreeSet<String>>>,
    answered: Arc<AtomicUsize>,
    ended: CancellationToken,
}

impl Heartbeats {
    /// Sends heartbeats until `ended`. Each is answered with `answer`.
    fn run(&self, leases: &Arc<LeaseTable>, answer: fn(&Extension) -> Extended) -> JoinHandle<()> {
        let (heartbeats, leases) = (self.clone(), leases.clone());
        spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    () = heartbeat::due(&leases) => {}
                    () = heartbeats.ended.cancelled() => return,
                }
                let now = Instant::now();
                for extension in leases.take_due(now, now) {
                    heartbeats.send(&leases, &extension, answer).await;
                }
            }
        })
    }

    async fn send(
        &self,
        leases: &LeaseTable,
        extension: &Extension,
        answer: fn(&Extension) -> Extended,
    ) {
        let receipt = extension.receipt.as_str().to_owned();
        assert!(!self.silent.lock().unwrap().contains(&receipt), "{receipt} is being settled");
        self.sent.lock().unwrap().insert(receipt.clone());
        yield_now().await;
        self.sent.lock().unwrap().remove(&receipt);
        leases.extended(extension.lease, answer(extension));
        self.answered.fetch_add(1, SeqCst);
    }

    /// Silences the lease, as before each settle.
    async fn silence(&self, lease: Lease) -> SilentLease {
        let lease = lease.silence().await;
        let receipt = lease.receipt().as_str().to_owned();
        assert!(!self.sent.lock().unwrap().contains(&receipt), "a heartbeat of {receipt} is open");
        self.silent.lock().unwrap().insert(receipt);
        lease
    }
}

fn extended(extension: &Extension) -> Extended {
    Extended::Until { sent: Instant::now(), timeout: extension.timeout }
}

#[test]
fn no_heartbeat_is_open_while_its_message_is_settled() {
    for answer in [extended, |_: &Extension| Extended::Failed, |_: &Extension| Extended::Lost] {
        check(move |time| {
            let (leases, heartbeats) = (leases(), Heartbeats::default());
            let sending = heartbeats.run(&leases, answer);
            let handlers = ["a", "b", "c"].map(|id| {
                let (leases, heartbeats) = (leases.clone(), heartbeats.clone());
                spawn(async move {
                    let lease = due_lease(&leases, id);
                    yield_now().await;
                    settle(heartbeats.silence(lease).await);
                })
            });
            block_on(async move {
                time.pass(Duration::from_secs(10), handlers).await;
                heartbeats.ended.cancel();
                sending.await.expect("no task panics");
            });
            assert_eq!((leases.in_flight(), leases.next_due()), (0, None));
        });
    }
}

#[test]
fn a_heartbeat_task_that_waits_is_woken_for_each_lease() {
    check(|_| {
        let (leases, heartbeats) = (leases(), Heartbeats::default());
        let sending = heartbeats.run(&leases, |_| Extended::Lost);
        let handlers = ["a", "b"].map(|id| {
            let leases = leases.clone();
            spawn(async move {
                let lease = due_lease(&leases, id);
                // Only the heartbeat task can find that it is lost, because the time stands still.
                lease.lost().await;
                settle(lease.silence().await);
            })
        });
        block_on(async move {
            all(handlers).await;
            heartbeats.ended.cancel();
            sending.await.expect("no task panics");
        });
    });
}

#[test]
fn heartbeats_continue_after_a_failed_delete_and_end_with_the_next_one() {
    check(|time| {
        let (leases, heartbeats) = (leases(), Heartbeats::default());
        let sending = heartbeats.run(&leases, extended);
        let lease = Lease::take(&leases, &Message::new("a", "a", "body"), Instant::now());
        let lost = lease.loss();
        let (deleting, deleting_again) = (heartbeats.clone(), heartbeats.clone());
        let failing = spawn(async move {
            let lease = deleting.silence(lease).await;
            lease.processed();
            yield_now().await;
            deleting.silent.lock().unwrap().clear();
            lease.resume();
            lease
        });
        block_on(async move {
            let lease = failing.await.expect("no task panics");
            let succeeding = spawn(async move {
                // A heartbeat task that is delayed finds that the lease is lost.
                while deleting_again.answered.load(SeqCst) == 0 && !lost.is_cancelled() {
                    yield_now().await;
                }
                settle(lease);
            });
            time.pass(Duration::from_secs(5), [succeeding]).await;
            heartbeats.ended.cancel();
            sending.await.expect("no task panics");
        });
        assert_eq!((leases.in_flight(), leases.next_due()), (0, None));
    });
}

#[test]
fn each_lease_is_settled_or_abandoned_once_when_the_table_closes() {
    check(|_| {
        let before = metrics().totals();
        let leases = leases();
        let handlers = ["a", "b", "c"].map(|id| {
            let lease = due_lease(&leases, id);
            spawn(async move {
                match id {
                    "c" => drop(lease),
                    _ => settle(lease.silence().await),
                }
            })
        });
        leases.close();
        assert_eq!(leases.in_flight(), 0);
        block_on(all(handlers));
        let totals = metrics().totals().since(before);
        assert_eq!((totals.received, totals.settled + totals.abandoned), (3, 3));
    });
}
