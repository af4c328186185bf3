//! A small model of leases: two workers receive, extend, settle and stop, against a queue whose
//! requests and answers can be lost. Every state that can be reached is checked.
//!
//! ```sh
//! cargo test --test model
//! ```
//!
//! The model states the protocol without its code. The simulation checks the code.

mod lease;
mod properties;
mod protocol;
mod queue;
mod state;
mod transition;

use protocol::Protocol;
use stateright::{Checker, HasDiscoveries, Model};

/// Explores all states. Returns their number, and the names of the properties that do not hold or of
/// the events that happen.
fn explore(protocol: Protocol) -> (usize, Vec<&'static str>) {
    let checker = protocol.checker().finish_when(HasDiscoveries::All).symmetry().spawn_dfs().join();
    let mut found: Vec<_> = checker.discoveries().into_keys().collect();
    found.sort_unstable();
    (checker.unique_state_count(), found)
}

/// The events that each model must reach.
const EVENTS: [&str; 5] = [
    "event: a lease is lost",
    "event: a message is processed twice",
    "event: a message is released by a stop",
    "event: a timeout is extended",
    "event: both workers have stopped",
];

fn assert_safe(protocol: Protocol) {
    let (states, found) = explore(protocol.clone());
    println!("{protocol:?}: {states} states");
    assert_eq!(found, EVENTS, "a property does not hold, or an event is never reached");
}

fn assert_unsafe(protocol: Protocol, property: &str) {
    let (_, found) = explore(protocol);
    assert!(found.contains(&property), "{found:?}");
}

#[test]
fn at_most_one_worker_has_a_message_and_a_stop_hides_none() {
    assert_safe(Protocol { receives: 3, ..Protocol::new() });
}

#[test]
fn it_is_safe_if_sqs_accepts_late_changes_of_a_timeout() {
    assert_safe(Protocol { accepts_late_changes: true, ..Protocol::new() });
}

#[test]
fn another_worker_gets_the_message_that_a_killed_one_hides() {
    let (states, found) = explore(Protocol { kills: true, ..Protocol::new() });
    println!("with kills: {states} states");
    let events = ["event: a killed worker hides a message", "event: another worker gets it"];
    let mut expected = [&EVENTS[..], &events].concat();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// The worker counts the timeout from the answer, so it believes for too long if the answer is late.
#[test]
fn a_late_answer_to_a_receive_lets_two_workers_have_a_message() {
    assert_unsafe(
        Protocol { has_late_answers: true, ..Protocol::new() },
        "at most one worker has a message",
    );
}

#[test]
fn a_return_that_does_not_wait_for_a_heartbeat_can_be_undone() {
    let protocol = Protocol { returns_in_silence: false, ..Protocol::new() };
    assert_unsafe(protocol, "no heartbeat undoes a return");
}

#[test]
fn a_stop_that_drops_open_receives_hides_a_message() {
    assert_unsafe(
        Protocol { waits_for_receives: false, ..Protocol::new() },
        "a worker that has stopped hides no message",
    );
}

#[test]
fn a_handler_that_outlives_its_lease_shares_its_message() {
    assert_unsafe(
        Protocol { ends_lost_handlers: false, ..Protocol::new() },
        "at most one worker has a message",
    );
}
