//! Any sequence of actions leaves the queues as the model says.

use std::cell::Cell;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::{Model, Place, RETENTION, State, VISIBILITY};
use crate::action::Action;

#[derive(Debug, Clone)]
enum Step {
    /// The groups of the messages, and their delays.
    Send(Vec<(u8, u8)>),
    Receive {
        place: Place,
        max: usize,
        visibility: Option<u64>,
    },
    Delete(Vec<Index>),
    ChangeVisibility(Vec<Index>, u64),
    Advance(u64),
    /// Beyond the retention period.
    Expire,
    Purge(Place),
}

fn step() -> impl Strategy<Value = Step> {
    let place = || prop_oneof![3 => Just(Place::Source), 1 => Just(Place::Dead)];
    prop_oneof![
        6 => vec((0..3_u8, prop_oneof![3 => Just(0), 1 => 1..9_u8]), 1..5).prop_map(Step::Send),
        8 => (place(), 1..=10_usize, option::of(0..20_u64)).prop_map(|(place, max, visibility)| {
            Step::Receive { place, max, visibility }
        }),
        4 => vec(any::<Index>(), 1..4).prop_map(Step::Delete),
        3 => (vec(any::<Index>(), 1..4), 0..20_u64)
            .prop_map(|(receipts, seconds)| Step::ChangeVisibility(receipts, seconds)),
        6 => (0..12_u64).prop_map(Step::Advance),
        1 => Just(Step::Expire),
        1 => place().prop_map(Step::Purge),
    ]
}

/// How often the interesting things happened.
#[derive(Debug, Default)]
struct Reached {
    deleted: Cell<usize>,
    kept: Cell<usize>,
    changed: Cell<usize>,
    refused: Cell<usize>,
    dead: Cell<usize>,
    expired: Cell<usize>,
}

struct Run<'a> {
    queues: Fixture,
    model: Model,
    /// Every receipt so far, with its queue.
    receipts: Vec<(Place, String)>,
    reached: &'a Reached,
}

impl Run<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Send(messages) => self.send(messages).await,
            Step::Receive { place, max, visibility } => {
                self.receive(*place, *max, *visibility).await?;
            }
            Step::Delete(which) => self.settle(which, None).await?,
            Step::ChangeVisibility(which, seconds) => self.settle(which, Some(*seconds)).await?,
            Step::Advance(seconds) => self.advance(*seconds).await,
            Step::Expire => self.advance(RETENTION + 60).await,
            Step::Purge(place) => {
                self.queues.perform(Action::PurgeQueue, *place, json!({})).await.expect("purge");
                let messages = self.model.messages.iter_mut();
                let here = messages.filter(|message| message.place == *place);
                here.for_each(|message| message.state = State::Deleted);
            }
        }
        self.model.advance(0);
        for place in [Place::Source, Place::Dead] {
            prop_assert_eq!(self.queues.counts(place), self.model.counts(place), "{:?}", place);
        }
        Ok(())
    }

    async fn advance(&mut self, seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        self.model.advance(seconds);
    }

    async fn send(&mut self, messages: &[(u8, u8)]) {
        let fifo = self.model.fifo;
        let entries = messages.iter().enumerate().map(|(index, (group, delay))| {
            let mut entry = json!({ "Id": index.to_string(), "MessageBody": "body" });
            if fifo {
                entry["MessageGroupId"] = json!(group.to_string());
                let unique = format!("{}-{index}", self.model.messages.len());
                entry["MessageDeduplicationId"] = json!(unique);
            } else {
                entry["DelaySeconds"] = json!(delay);
            }
            entry
        });
        let request = json!({ "Entries": entries.collect::<Vec<_>>() });
        let action = Action::SendMessageBatch;
        let sent = self.queues.perform(action, Place::Source, request).await.expect("a send");
        for (sent, (group, delay)) in list(&sent, "Successful").zip(messages) {
            let id = text(sent, "MessageId");
            let delay = if fifo { 0 } else { u64::from(*delay) };
            self.model.send(id, fifo.then(|| group.to_string()), delay);
        }
    }

    async fn receive(
        &mut self,
        place: Place,
        max: usize,
        visibility: Option<u64>,
    ) -> Result<(), TestCaseError> {
        let mut request = json!({ "MaxNumberOfMessages": max, "AttributeNames": ["All"] });
        if let Some(seconds) = visibility {
            request["VisibilityTimeout"] = json!(seconds);
        }
        let answer = self.queues.perform(Action::ReceiveMessage, place, request).await;
        let answer = answer.expect("a receive");
        let dead = self.model.counts(Place::Dead).visible;
        let mut selected = self.model.select(place, max);
        count(&self.reached.dead, self.model.counts(Place::Dead).visible > dead);
        let received: Vec<&Value> = list(&answer, "Messages").collect();
        prop_assert_eq!(received.len(), selected.len());
        if place == Place::Dead && !self.model.fifo {
            // Messages that were received three times moved to the end, in an order of their own.
            selected = self.model.receivable(place);
        }
        for message in received {
            let id = text(message, "MessageId");
            let index = selected.iter().position(|index| self.model.messages[*index].id == id);
            let is_in_order = self.model.fifo || place == Place::Source;
            prop_assert!(index == Some(0) || (index.is_some() && !is_in_order), "{}", id);
            let index = selected.remove(index.unwrap_or_default());
            let receipt = text(message, "ReceiptHandle");
            self.receipts.push((place, receipt.clone()));
            self.model.take(index, visibility.unwrap_or(VISIBILITY), receipt);
            let receives = self.model.messages[index].all_receives.to_string();
            let counted = text(&message["Attributes"], "ApproximateReceiveCount");
            prop_assert_eq!(counted, receives);
        }
        Ok(())
    }

    /// Deletes messages, or hides them for this number of seconds.
    async fn settle(&mut self, which: &[Index], hide: Option<u64>) -> Result<(), TestCaseError> {
        if self.receipts.is_empty() {
            return Ok(());
        }
        for which in which {
            let (place, receipt) = which.get(&self.receipts).clone();
            let mut entry = json!({ "Id": "0", "ReceiptHandle": receipt });
            let action = match hide {
                None => Action::DeleteMessageBatch,
                Some(seconds) => {
                    entry["VisibilityTimeout"] = json!(seconds);
                    Action::ChangeMessageVisibilityBatch
                }
            };
            let request = json!({ "Entries": [entry] });
            let answer = self.queues.perform(action, place, request).await.expect("a batch");
            let is_settled = list(&answer, "Successful").next().is_some();
            self.check_settled(place, &receipt, hide, is_settled)?;
        }
        Ok(())
    }

    fn check_settled(
        &mut self,
        place: Place,
        receipt: &str,
        hide: Option<u64>,
        is_settled: bool,
    ) -> Result<(), TestCaseError> {
        let (fifo, now) = (self.model.fifo, self.model.now);
        let found = self.model.find(place, receipt);
        let exists = found.is_some();
        let message = found.filter(|message| {
            let (newest, in_flight) = (message.is_newest(receipt), message.is_in_flight());
            match (fifo, hide) {
                (true, _) => newest && in_flight,
                (false, None) => newest,
                (false, Some(_)) => newest || in_flight,
            }
        });
        match (message, hide) {
            (Some(message), None) => {
                message.state = State::Deleted;
                count(&self.reached.deleted, true);
                prop_assert!(is_settled);
            }
            (Some(message), Some(seconds)) => {
                let until = now + seconds;
                let hidden = State::InFlight { until };
                message.state = if seconds == 0 { State::Visible } else { hidden };
                count(&self.reached.changed, true);
                prop_assert!(is_settled);
            }
            // SQS accepts the delete of a message that is gone, and on a standard queue an old receipt.
            (None, None) => {
                count(&self.reached.kept, true);
                prop_assert_eq!(is_settled, !fifo || !exists);
            }
            (None, Some(_)) => {
                count(&self.reached.refused, true);
                prop_assert!(!is_settled);
            }
        }
        Ok(())
    }
}

fn list<'a>(answer: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    answer[key].as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn count(counter: &Cell<usize>, is_reached: bool) {
    counter.set(counter.get() + usize::from(is_reached));
}

#[test]
fn any_sequence_of_actions_is_as_in_the_model() {
    let reached = Reached::default();
    proptest!(|(fifo in any::<bool>(), steps in vec(step(), 1..40))| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let (queues, model) = (Fixture::new(fifo), Model::new(fifo));
            let mut run = Run { queues, model, receipts: Vec::new(), reached: &reached };
            for step in &steps {
                run.step(step).await?;
            }
            let expired = run.model.messages.iter();
            let expired = expired.filter(|message| message.state == State::Expired);
            reached.expired.set(reached.expired.get() + expired.count());
            Ok::<(), TestCaseError>(())
        })?;
    });
    let Reached { deleted, kept, changed, refused, dead, expired } = reached;
    let reached = [deleted, kept, changed, refused, dead, expired].map(Cell::into_inner);
    assert!(reached.iter().all(|count| *count > 0), "{reached:?}");
}
