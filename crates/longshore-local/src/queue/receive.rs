//! Receiving: visibility, receipts, the in-flight limit, redrive and repeated FIFO attempts.

use super::message::{DeadLetter, Delivery, Key, State};
use super::receipt::Receipt;
use super::state::Queue;
use crate::clock::Moment;
use crate::settings::Number;

/// What one receive asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// 1 to 10.
    pub(crate) most: usize,
    /// Seconds; the queue's visibility timeout unless given.
    pub(crate) visibility: Option<u32>,
    /// `ReceiveRequestAttemptId`: repeating it within five minutes repeats the answer.
    pub(crate) attempt: Option<String>,
    /// Receives a message survives in this queue; `None` while there is no dead-letter queue to take it.
    pub(crate) most_receives: Option<u32>,
}

/// What one receive came to.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) deliveries: Vec<Delivery>,
    /// Found to have been received too often; they have left the queue.
    pub(crate) dead: Vec<DeadLetter>,
}

impl Queue {
    /// Takes what is visible now, up to the number asked for and the in-flight limit.
    pub(crate) fn receive(&mut self, now: Moment, ask: &Ask) -> Received {
        let visibility = ask.visibility.unwrap_or(self.settings[Number::VisibilityTimeout]);
        let until = now.after_seconds(visibility);
        if let Some(deliveries) = self.repeat_attempt(now, until, ask) {
            return Received { deliveries, dead: Vec::new() };
        }
        let mut dead = Vec::new();
        let room = self.in_flight_limit.saturating_sub(self.counts().in_flight);
        let picked = self.pick(ask.most.min(room), ask.most_receives, &mut dead);
        let deliveries: Vec<_> =
            picked.into_iter().filter_map(|key| self.deliver(key, now, until)).collect();
        if let Some(attempt) = &ask.attempt {
            let receipts =
                deliveries.iter().map(|delivery| (delivery.receipt.key, delivery.receipt.serial));
            self.attempts.remember(now, attempt.clone(), receipts.collect());
        }
        Received { deliveries, dead }
    }

    /// Whether no more can be in flight; a standard queue then refuses short polls, a FIFO queue
    /// answers them with nothing.
    pub(crate) fn refuses_receives(&self) -> bool {
        !self.is_fifo() && self.counts().in_flight >= self.in_flight_limit
    }

    /// Takes back what a consumer asked for and never saw, as if it had not been received.
    pub(crate) fn take_back(&mut self, unseen: &[Delivery]) {
        for Receipt { key, serial, .. } in unseen.iter().map(|delivery| delivery.receipt) {
            let Some(stored) = self.messages.get_mut(&key).filter(|stored| stored.serial == serial)
            else {
                continue;
            };
            stored.receives -= 1;
            if stored.receives + stored.receives_before == 0 {
                stored.first_received = None;
            }
            if matches!(stored.state, State::InFlight(_)) {
                self.transition(key, State::Visible);
            }
        }
    }

    /// The next messages to deliver; those received too often leave the queue on the way.
    fn pick(
        &mut self,
        most: usize,
        most_receives: Option<u32>,
        dead: &mut Vec<DeadLetter>,
    ) -> Vec<Key> {
        loop {
            let picked = self.line.pick(most);
            let exhausted = |key: &&Key| {
                let receives = self.messages.get(key).map_or(0, |stored| stored.receives);
                most_receives.is_some_and(|most| receives >= most)
            };
            let exhausted: Vec<Key> = picked.iter().filter(exhausted).copied().collect();
            if exhausted.is_empty() {
                return picked;
            }
            let gone = exhausted.into_iter().filter_map(|key| self.remove(key));
            dead.extend(gone.map(|stored| DeadLetter {
                receives: stored.receives + stored.receives_before,
                first_received: stored.first_received,
                envelope: stored.envelope,
            }));
        }
    }

    fn deliver(&mut self, key: Key, now: Moment, until: Moment) -> Option<Delivery> {
        self.last_serial += 1;
        let stored = self.messages.get_mut(&key)?;
        stored.serial = self.last_serial;
        stored.receives += 1;
        stored.last_received = now;
        stored.touched = false;
        stored.first_received.get_or_insert(now);
        self.transition(key, State::InFlight(until));
        self.delivery(key)
    }

    /// The newest delivery of a message, once more.
    fn delivery(&self, key: Key) -> Option<Delivery> {
        let stored = self.messages.get(&key)?;
        Some(Delivery {
            envelope: stored.envelope.clone(),
            receipt: Receipt { queue: self.id, key, serial: stored.serial },
            receive_count: stored.receives_before + stored.receives,
            first_received: stored.first_received?,
        })
    }

    /// The same messages with the same receipts, hidden anew, if none of them was touched since.
    fn repeat_attempt(&mut self, now: Moment, until: Moment, ask: &Ask) -> Option<Vec<Delivery>> {
        let receipts = self.attempts.get(now, ask.attempt.as_deref()?)?.clone();
        let untouched = |&(key, serial): &(Key, u64)| {
            self.messages.get(&key).is_some_and(|stored| {
                stored.serial == serial
                    && !stored.touched
                    && matches!(stored.state, State::InFlight(_))
            })
        };
        if receipts.is_empty() || !receipts.iter().all(untouched) {
            return None;
        }
        for &(key, _) in &receipts {
            self.transition(key, State::InFlight(until));
        }
        receipts.into_iter().map(|(key, _)| self.delivery(key)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::fixture::{Bench, fifo};

    #[test]
    fn a_received_message_is_hidden_until_its_visibility_ends() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        assert_eq!(bench.receive_bodies(10), ["m"]);
        assert_eq!((bench.counts().visible, bench.counts().in_flight), (0, 1));
        bench.pass(29);
        assert_eq!(bench.receive_bodies(10), [""; 0]);
        bench.pass(1);
        assert_eq!(bench.receive(10)[0].receive_count, 2);
    }

    #[test]
    fn a_receive_takes_no_more_than_it_asked_for_and_the_oldest_first() {
        let mut bench = Bench::standard(&[]);
        ["a", "b", "c"].iter().for_each(|body| bench.send(body));
        assert_eq!(bench.receive_bodies(2), ["a", "b"]);
        assert_eq!(bench.receive_bodies(2), ["c"]);
    }

    #[test]
    fn the_requests_own_visibility_wins_and_zero_hides_nothing() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let now = bench.now;
        let none = Ask { most: 1, visibility: Some(0), ..Ask::default() };
        assert_eq!(bench.queue.receive(now, &none).deliveries.len(), 1);
        bench.pass(0);
        assert_eq!(bench.receive_bodies(1), ["m"]);
    }

    #[test]
    fn a_message_received_three_times_goes_to_the_back() {
        let mut bench = Bench::standard(&[("VisibilityTimeout", "1")]);
        bench.send("poison");
        for _ in 0..3 {
            assert_eq!(bench.receive_bodies(1), ["poison"]);
            bench.send("other");
            bench.pass(1);
        }
        assert_eq!(bench.receive_bodies(10), ["other", "other", "other", "poison"]);
    }

    #[test]
    fn the_first_receive_is_remembered_and_each_receive_has_its_own_receipt() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let first = bench.receive(1).remove(0);
        bench.pass(30);
        let second = bench.receive(1).remove(0);
        assert_eq!(second.first_received, first.first_received);
        assert_ne!(second.receipt, first.receipt);
    }

    #[test]
    fn a_message_received_too_often_leaves_as_a_dead_letter() {
        let mut bench = Bench::standard(&[("VisibilityTimeout", "0")]);
        bench.send("m");
        let ask = Ask { most: 10, most_receives: Some(2), ..Ask::default() };
        for _ in 0..2 {
            bench.pass(0);
            let now = bench.now;
            assert_eq!(bench.queue.receive(now, &ask).deliveries.len(), 1);
        }
        bench.pass(0);
        let received = bench.queue.receive(bench.now, &ask);
        assert!(received.deliveries.is_empty());
        assert_eq!(received.dead[0].receives, 2);
        assert_eq!(bench.counts(), super::super::Counts::default());

        let mut dead_letters = Bench::standard(&[]);
        let letter = received.dead.into_iter().next().unwrap();
        dead_letters.queue.take_dead_letter(bench.now, letter, &"arn:source".into());
        let delivery = dead_letters.receive(1).remove(0);
        assert_eq!(delivery.envelope.dead_letter_source.as_deref(), Some("arn:source"));
        assert_eq!(delivery.receive_count, 3, "the count goes on in the dead-letter queue");
    }

    #[test]
    fn dead_letters_do_not_use_up_the_places_of_live_messages() {
        let mut bench = Bench::standard(&[("VisibilityTimeout", "0")]);
        bench.send("dead");
        bench.receive(1);
        bench.pass(0);
        bench.send("alive");
        let ask = Ask { most: 1, most_receives: Some(1), ..Ask::default() };
        let received = bench.queue.receive(bench.now, &ask);
        assert_eq!((received.deliveries.len(), received.dead.len()), (1, 1));
    }

    #[test]
    fn the_in_flight_limit_holds_and_only_standard_queues_refuse() {
        let mut bench = Bench::standard(&[]);
        bench.queue.in_flight_limit = 2;
        ["a", "b", "c"].iter().for_each(|body| bench.send(body));
        assert!(!bench.queue.refuses_receives());
        assert_eq!(bench.receive_bodies(10), ["a", "b"]);
        assert!(bench.queue.refuses_receives());
        let mut bench = Bench::fifo(&[]);
        bench.queue.in_flight_limit = 0;
        assert!(!bench.queue.refuses_receives());
    }

    #[test]
    fn a_group_stays_in_order_and_waits_for_its_in_flight_message() {
        let mut bench = Bench::fifo(&[]);
        for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
            bench.send_this(fifo(body, group, body)).unwrap();
        }
        assert_eq!(bench.receive_bodies(1), ["a1"]);
        assert_eq!(bench.receive_bodies(10), ["b1"], "group a is locked");
        bench.pass(30);
        assert_eq!(bench.receive_bodies(10), ["a1", "a2", "b1"]);
    }

    #[test]
    fn a_repeated_attempt_gets_the_same_receipts_and_fresh_visibility() {
        let mut bench = Bench::fifo(&[]);
        bench.send_this(fifo("m", "g", "1")).unwrap();
        let ask = Ask { most: 10, attempt: Some("attempt".into()), ..Ask::default() };
        let first = bench.queue.receive(bench.now, &ask).deliveries;
        bench.pass(29);
        let second = bench.queue.receive(bench.now, &ask).deliveries;
        assert_eq!(first[0].receipt, second[0].receipt);
        assert_eq!(second[0].receive_count, 1);
        bench.pass(29);
        assert_eq!(bench.counts().in_flight, 1, "visibility counts from the repetition");
        bench.delete(second[0].receipt).unwrap();
        assert!(
            bench.queue.receive(bench.now, &ask).deliveries.is_empty(),
            "a deleted message spoils the attempt"
        );
    }

    #[test]
    fn what_was_taken_back_was_never_received() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let unseen = bench.receive(1);
        bench.queue.take_back(&unseen);
        let delivery = bench.receive(1).remove(0);
        assert_eq!(delivery.receive_count, 1);
    }
}
