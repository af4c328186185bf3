//! A store of payloads in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::waiting::holds;

use crate::queue::{PayloadError, PayloadFailure, PayloadObject, PayloadStore};

/// A store of payloads in memory, on the clock of tokio, with faults on demand. Cheap to clone; all
/// clones are the same store.
#[derive(Clone, Default)]
pub struct FakePayloads {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<(String, String), Vec<u8>>,
    failures: VecDeque<PayloadFailure>,
    outage: Option<PayloadFailure>,
    delay: Duration,
    reads: usize,
    open: usize,
    most_open: usize,
    deletes: Vec<String>,
}

impl FakePayloads {
    /// An empty store whose requests take no time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores an object. Returns the body of a message that points to it.
    pub fn put(&self, bucket: &str, key: &str, payload: impl Into<Vec<u8>>) -> String {
        self.lock().objects.insert((bucket.to_owned(), key.to_owned()), payload.into());
        Self::pointer(bucket, key)
    }

    /// The body of a message that points to this object.
    pub fn pointer(bucket: &str, key: &str) -> String {
        let class = "software.amazon.payloadoffloading.PayloadS3Pointer";
        serde_json::json!([class, { "s3BucketName": bucket, "s3Key": key }]).to_string()
    }

    /// The next requests fail.
    pub fn fail(&self, failures: &[PayloadFailure]) {
        self.lock().failures.extend(failures);
    }

    /// All requests fail, until it is `None`.
    pub fn outage(&self, failure: Option<PayloadFailure>) {
        self.lock().outage = failure;
    }

    /// Each request takes this long.
    pub fn delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// The reads so far, with those that failed.
    pub fn reads(&self) -> usize {
        self.lock().reads
    }

    /// The largest number of requests that were open at the same time.
    pub fn most_open(&self) -> usize {
        self.lock().most_open
    }

    /// The keys of the deletes so far, with those that failed.
    pub fn deletes(&self) -> Vec<String> {
        self.lock().deletes.clone()
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.lock().objects.len()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until the condition holds, which it checks after each request.
    ///
    /// # Panics
    /// After an hour on the clock of tokio.
    pub async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let held = holds(&self.changed, || condition(self)).await;
        assert!(held, "it did not happen within an hour: {what}");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }

    /// One request: it takes its time, then fails if a test wants it to.
    async fn request(&self) -> Result<(), PayloadError> {
        let _open = Open::new(self);
        self.changed.notify_waiters();
        let delay = self.lock().delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        let mut state = self.lock();
        let failure = state.failures.pop_front().or(state.outage);
        failure.map_or(Ok(()), |failure| Err(PayloadError::new(failure, "on purpose")))
    }
}

/// A request that is open until this is dropped.
struct Open<'a>(&'a FakePayloads);

impl<'a> Open<'a> {
    fn new(store: &'a FakePayloads) -> Self {
        let mut state = store.lock();
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        Self(store)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
        self.0.changed.notify_waiters();
    }
}

impl PayloadStore for FakePayloads {
    fn read<'a>(
        &'a self,
        object: &'a PayloadObject,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, PayloadError>> {
        let read = async move {
            self.lock().reads += 1;
            self.request().await?;
            let place = (object.bucket.clone(), object.key.clone());
            let payload = self.lock().objects.get(&place).cloned();
            match payload {
                None => Err(PayloadError::new(PayloadFailure::Missing, "no such key")),
                Some(payload) if payload.len() > limit => {
                    Err(PayloadError::new(PayloadFailure::TooLarge, "too large"))
                }
                Some(payload) => Ok(payload),
            }
        };
        read.boxed()
    }

    fn delete<'a>(&'a self, object: &'a PayloadObject) -> BoxFuture<'a, Result<(), PayloadError>> {
        let delete = async move {
            self.lock().deletes.push(object.key.clone());
            self.request().await?;
            self.lock().objects.remove(&(object.bucket.clone(), object.key.clone()));
            self.changed.notify_waiters();
            Ok(())
        };
        delete.boxed()
    }
}

impl std::fmt::Debug for FakePayloads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakePayloads").field("objects", &self.len()).finish_non_exhaustive()
    }
}
