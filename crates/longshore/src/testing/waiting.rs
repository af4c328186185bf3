//! Waits for what a test expects of a test double.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// No test waits longer, on the clock of tokio.
const LIMIT: Duration = Duration::from_secs(3600);

/// Waits until the condition holds, which is checked after each change. Returns whether it did within
/// an hour.
pub(super) async fn holds(changed: &Notify, condition: impl Fn() -> bool) -> bool {
    let waiting = async {
        loop {
            let changed = changed.notified();
            if condition() {
                return;
            }
            changed.await;
        }
    };
    timeout(LIMIT, waiting).await.is_ok()
}
