//! `DeleteMessage`, `ChangeMessageVisibility`, and their batch versions.

use serde::{Deserialize, Serialize};

use super::batch;
use super::call::Call;
use crate::clock::Moment;
use crate::queue::{Queue, Receipt};
use crate::refusal::Refusal;

/// One message to settle. A single request has a queue URL, and an entry of a batch has an id.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Settlement {
    queue_url: String,
    id: String,
    receipt_handle: String,
    /// Seconds; only for visibility changes.
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Batch {
    queue_url: String,
    entries: Vec<Settlement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Settled {
    id: String,
}

type Operation = fn(&Settlement, &mut Queue, Moment) -> Result<(), Refusal>;

pub(super) fn delete(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    one(call, Settlement::delete)
}

pub(super) fn delete_batch(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    each(call, Settlement::delete)
}

pub(super) fn change_visibility(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    one(call, Settlement::change_visibility)
}

pub(super) fn change_visibility_batch(call: &Call<'_>) -> Result<Vec<u8>, Refusal> {
    each(call, Settlement::change_visibility)
}

fn one(call: &Call<'_>, operation: Operation) -> Result<Vec<u8>, Refusal> {
    let settlement: Settlement = call.read()?;
    let queue = call.queue(&settlement.queue_url)?;
    queue.act(|queue, now| operation(&settlement, queue, now))?;
    Ok(call.no_result())
}

fn each(call: &Call<'_>, operation: Operation) -> Result<Vec<u8>, Refusal> {
    let batch: Batch = call.read()?;
    let queue = call.queue(&batch.queue_url)?;
    batch::check_ids(call.action, batch.entries.iter().map(|entry| entry.id.as_str()))?;
    let entries = batch.entries.into_iter().map(|mut entry| (std::mem::take(&mut entry.id), entry));
    let outcome = queue.act(|queue, now| {
        batch::each(call, entries, |id, entry| {
            operation(&entry, queue, now)?;
            Ok(Settled { id: id.to_owned() })
        })
    });
    call.answer(&outcome)
}

impl Settlement {
    fn delete(&self, queue: &mut Queue, _: Moment) -> Result<(), Refusal> {
        queue.delete(self.receipt()?)
    }

    fn change_visibility(&self, queue: &mut Queue, now: Moment) -> Result<(), Refusal> {
        let receipt = self.receipt()?;
        let seconds =
            self.visibility_timeout.ok_or_else(|| Refusal::missing("VisibilityTimeout"))?;
        queue.change_visibility(now, receipt, seconds)
    }

    fn receipt(&self) -> Result<Receipt, Refusal> {
        if self.receipt_handle.is_empty() {
            return Err(Refusal::missing("ReceiptHandle"));
        }
        Receipt::decode(&self.receipt_handle)
    }
}
