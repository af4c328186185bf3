//! Long texts of handlers: what the worker logs and reports of them is bounded.

use std::time::Duration;

use longshore::admin::Selection;
use longshore::handler::NotReady;
use longshore::{Context, Handler, Message, Verdict};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig};

/// A handler that is never ready, with a long reason.
struct NeverReady;

impl Handler for NeverReady {
    async fn handle(&self, _: Message, _: Context) -> Verdict {
        Verdict::Done
    }

    async fn check(&self) -> Result<(), NotReady> {
        Err(NotReady::Unreachable("xxxxx ".repeat(400_000)))
    }
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_a_handler_that_is_not_ready_is_bounded() {
    let rig = Rig::start(&FakeQueue::default(), NeverReady);
    sleep(Duration::from_secs(10)).await;
    let page = longshore::admin::status_page(&rig.metrics, &rig.health, &Selection::default());
    assert!(page.contains("xxxxx"), "the reason is on the page");
    assert!(page.len() < 100_000, "the page has {} bytes", page.len());
    rig.stop().await;
}
