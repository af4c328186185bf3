//! Sending: checks against the queue's settings, FIFO deduplication, and arriving dead letters.

use std::sync::Arc;

use super::message::{DeadLetter, Envelope, NewMessage, Sent, State};
use super::state::Queue;
use crate::clock::Moment;
use crate::message::digest;
use crate::refusal::{Reason, Refusal};
use crate::settings::{Fifo, Number};

/// The sequence numbers of SQS have 20 digits. This is the smallest such number.
const FIRST_SEQUENCE: u64 = 10_000_000_000_000_000_000;

impl Queue {
    /// Accepts a message. A duplicate of a recent message is not stored again.
    ///
    /// # Errors
    /// If the queue's settings do not allow the message.
    pub(crate) fn send(&mut self, now: Moment, message: NewMessage) -> Result<Sent, Refusal> {
        self.check_size(&message)?;
        let delay = self.delay_seconds(&message)?;
        let Some(fifo) = self.settings.fifo.clone() else {
            if let Some(id) = &message.deduplication_id {
                return Err(not_for_this_type("MessageDeduplicationId", id));
            }
            check_id("MessageGroupId", message.group.as_deref())?;
            return Ok(self.accept(now, message, delay, None));
        };
        let id = deduplication_id(&fifo, &message)?;
        let scoped = match (&message.group, fifo.per_group) {
            (Some(group), true) => format!("{group}\0{id}"),
            _ => id.clone(),
        };
        if let Some(original) = self.recently_sent.get(now, &scoped) {
            return Ok(original.clone());
        }
        let sent = self.accept(now, message, delay, Some(id));
        self.recently_sent.remember(now, scoped, sent.clone());
        Ok(sent)
    }

    /// Checks what fails a whole batch: whether all entries have a group and a deduplication id, if
    /// the queue requires them.
    pub(crate) fn check_batch(&self, groups: bool, ids: bool) -> Result<(), Refusal> {
        match &self.settings.fifo {
            Some(_) if !groups => Err(Refusal::new(
                Reason::InvalidParameterValueException,
                "The request must contain the parameter MessageGroupId.",
            )),
            Some(fifo) if !ids && !fifo.content_based => Err(no_deduplication_id()),
            _ => Ok(()),
        }
    }

    /// Stores a message that the redrive policy of another queue moved here. In a FIFO queue its
    /// retention period starts again, and its deduplication id is its message id. In a standard
    /// queue the retention period continues from the first send.
    pub(crate) fn accept_dead_letter(
        &mut self,
        now: Moment,
        dead_letter: DeadLetter,
        source: &Arc<str>,
    ) {
        let mut envelope = Arc::unwrap_or_clone(dead_letter.envelope);
        envelope.dead_letter_source = Some(Arc::clone(source));
        if self.is_fifo() {
            envelope.sent = now;
            envelope.sequence = Some(self.next_sequence());
            envelope.deduplication_id = Some(envelope.content.message_id.clone());
        }
        let stored = self.insert(envelope, State::Visible);
        stored.previous_receives = dead_letter.receives;
        stored.first_received = dead_letter.first_received;
    }

    pub(super) fn accept(
        &mut self,
        now: Moment,
        message: NewMessage,
        delay: u32,
        id: Option<String>,
    ) -> Sent {
        let sequence = id.is_some().then(|| self.next_sequence());
        let sent = Sent { message_id: message.content.message_id.clone(), sequence };
        let envelope = Envelope {
            content: Arc::new(message.content),
            sent: now,
            group: message.group.map(Arc::from),
            deduplication_id: id,
            sequence,
            dead_letter_source: None,
        };
        let state = match delay {
            0 => State::Visible,
            seconds => State::Delayed(now.after_seconds(seconds)),
        };
        self.insert(envelope, state);
        sent
    }

    fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        FIRST_SEQUENCE + self.last_sequence
    }

    /// SQS words the refusal of a batch entry differently.
    fn check_size(&self, message: &NewMessage) -> Result<(), Refusal> {
        let max = self.settings[Number::MaximumMessageSize];
        if message.content.size() <= max as usize {
            return Ok(());
        }
        let problem = if message.in_batch { "cannot be validated" } else { "are invalid" };
        let message = format!(
            "One or more parameters {problem}. Reason: Message must be shorter than {max} bytes."
        );
        Err(Refusal::new(Reason::InvalidParameterValueException, message))
    }

    /// The message's own delay takes precedence over the queue's. FIFO queues allow only the
    /// queue's delay.
    fn delay_seconds(&self, message: &NewMessage) -> Result<u32, Refusal> {
        match message.delay {
            None => Ok(self.settings[Number::DelaySeconds]),
            Some(0) if self.is_fifo() => Ok(self.settings[Number::DelaySeconds]),
            Some(seconds) if self.is_fifo() => Err(not_for_this_type("DelaySeconds", seconds)),
            Some(seconds) => Number::DelaySeconds.check("DelaySeconds", seconds),
        }
    }
}

fn deduplication_id(fifo: &Fifo, message: &NewMessage) -> Result<String, Refusal> {
    if message.group.is_none() {
        return Err(Refusal::missing("MessageGroupId"));
    }
    check_id("MessageGroupId", message.group.as_deref())?;
    check_id("MessageDeduplicationId", message.deduplication_id.as_deref())?;
    match &message.deduplication_id {
        Some(id) => Ok(id.clone()),
        None if fifo.content_based => Ok(digest::deduplication_id(&message.content.body)),
        None => Err(no_deduplication_id()),
    }
}

fn no_deduplication_id() -> Refusal {
    let message = "The queue should either have ContentBasedDeduplication enabled or \
                   MessageDeduplicationId provided explicitly";
    Refusal::new(Reason::InvalidParameterValueException, message)
}

fn check_id(parameter: &str, id: Option<&str>) -> Result<(), Refusal> {
    match id {
        Some(id)
            if id.is_empty() || id.len() > 128 || !id.chars().all(|c| c.is_ascii_graphic()) =>
        {
            let why = format!(
                "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            );
            Err(Refusal::invalid(parameter, id, &why))
        }
        _ => Ok(()),
    }
}

fn not_for_this_type(parameter: &str, value: impl std::fmt::Display) -> Refusal {
    let why = "The request include parameter that is not valid for this queue type.";
    Refusal::invalid(parameter, value, why)
}
