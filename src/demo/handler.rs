//! The demo's handler. It waits a few milliseconds, as a database call would, fails every twelfth
//! order once, and records how long each order waited in the queue.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use longshore::handler::{Context, Handler, Verdict};
use longshore::queue::Message;

/// Every order whose number is a multiple of this fails on its first delivery.
const FAILURE_INTERVAL: u64 = 12;
/// The shortest retry delay above zero, because visibility timeouts are whole seconds.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Creates the handler, which records the wait of each order in `wait_times`.
pub(super) fn process_orders(wait_times: Arc<WaitTimes>) -> impl Handler {
    move |message: Message, _: Context| {
        let wait_times = wait_times.clone();
        async move { process(&message, &wait_times).await }
    }
}

async fn process(message: &Message, wait_times: &WaitTimes) -> Verdict {
    let first = message.receive_count == 1;
    if first && let Some(sent_at) = message.sent_at {
        // The system clock may have been set back since the order was sent.
        wait_times.record(SystemTime::now().duration_since(sent_at).unwrap_or_default());
    }
    tokio::time::sleep(Duration::from_millis(fastrand::u64(4..25))).await;
    match message.body.parse::<u64>() {
        Ok(number) if first && number.is_multiple_of(FAILURE_INTERVAL) => {
            Verdict::retry_after(RETRY_DELAY, "the payment service did not respond")
        }
        Ok(_) => Verdict::Done,
        Err(_) => Verdict::reject("the body is not an order number"),
    }
}

/// How long messages waited in the queue. Counts waits by the millisecond, so memory is bounded.
#[derive(Debug, Default)]
pub(super) struct WaitTimes(Mutex<BTreeMap<u64, u64>>);

impl WaitTimes {
    fn record(&self, wait: Duration) {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        *self.lock().entry(milliseconds).or_default() += 1;
    }

    /// The p50 of all recorded waits, or `None` if there are none.
    pub(super) fn p50(&self) -> Option<Duration> {
        let counts = self.lock();
        let half = counts.values().sum::<u64>().div_ceil(2);
        let mut seen = 0;
        let p50 = counts.iter().find_map(|(milliseconds, count)| {
            seen += count;
            (seen >= half).then_some(*milliseconds)
        });
        p50.map(Duration::from_millis)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p50(milliseconds: &[u64]) -> Option<Duration> {
        let wait_times = WaitTimes::default();
        milliseconds.iter().for_each(|ms| wait_times.record(Duration::from_millis(*ms)));
        wait_times.p50()
    }

    #[test]
    fn half_of_the_waits_do_not_exceed_the_p50() {
        assert_eq!(p50(&[]), None);
        assert_eq!(p50(&[7]), Some(Duration::from_millis(7)));
        assert_eq!(p50(&[900, 1, 3]), Some(Duration::from_millis(3)));
        assert_eq!(p50(&[5, 5, 900, 1]), Some(Duration::from_millis(5)));
    }
}
