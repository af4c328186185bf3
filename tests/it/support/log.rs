//! A record of what handlers saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::{Context, Handler, Message};
use tokio::sync::Notify;

/// What handlers saw, by body, and how often.
#[derive(Clone, Default)]
pub struct Log(Arc<Shared>);

#[derive(Default)]
struct Shared {
    seen: Mutex<BTreeMap<String, u32>>,
    changed: Notify,
}

impl Log {
    /// A handler that records each message and takes this time.
    pub fn handler(&self, takes: Duration) -> impl Handler + use<> {
        let log = self.clone();
        move |message: Message, _: Context| {
            let log = log.clone();
            async move {
                log.note(message.body);
                tokio::time::sleep(takes).await;
            }
        }
    }

    /// Returns how often it was seen.
    pub fn note(&self, body: String) -> u32 {
        let times = {
            let mut seen = self.0.seen.lock().unwrap();
            let times = seen.entry(body).or_default();
            *times += 1;
            *times
        };
        self.0.changed.notify_waiters();
        times
    }

    /// Different messages seen.
    pub fn len(&self) -> usize {
        self.0.seen.lock().unwrap().len()
    }

    /// How often each was seen.
    pub fn times(&self) -> BTreeMap<String, u32> {
        self.0.seen.lock().unwrap().clone()
    }

    /// Waits until this many different messages were seen.
    pub async fn until(&self, count: usize) {
        let seen = async {
            loop {
                let mut changed = std::pin::pin!(self.0.changed.notified());
                changed.as_mut().enable();
                if self.len() >= count {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), seen).await;
        assert!(waited.is_ok(), "{} of {count} messages were seen", self.len());
    }
}
