//! What the demo does with an order: it waits a little, as for a database, and fails now and then.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::waits::Waits;
use longshore::handler::{Context, Handler, Verdict};
use longshore::queue::Message;

/// Each so many-th order fails, the first time that it comes.
const FAILS_EVERY: u64 = 12;
/// Visibility timeouts are whole seconds.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// The handler; it notes how long each order waited for it in `waits`.
pub(super) fn orders(waits: Arc<Waits>) -> impl Handler {
    move |message: Message, _: Context| {
        let waits = waits.clone();
        async move { handle(&message, &waits).await }
    }
}

async fn handle(message: &Message, waits: &Waits) -> Verdict {
    let first = message.receive_count == 1;
    if first && let Some(sent_at) = message.sent_at {
        // The clock of the wall may be set back meanwhile.
        waits.record(SystemTime::now().duration_since(sent_at).unwrap_or_default());
    }
    tokio::time::sleep(Duration::from_millis(fastrand::u64(4..25))).await;
    match message.body.parse::<u64>() {
        Ok(number) if first && number.is_multiple_of(FAILS_EVERY) => {
            Verdict::retry_after(TRY_AGAIN, "the payment service did not answer")
        }
        Ok(_) => Verdict::Done,
        Err(_) => Verdict::reject("not the number of an order"),
    }
}
