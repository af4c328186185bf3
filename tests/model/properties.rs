//! What must hold in every state, and what must happen in at least one.

use stateright::Property;

use crate::protocol::Protocol;
use crate::queue::Stored;
use crate::state::{Phase, State};

pub(crate) fn of(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let mut properties = vec![
        Property::always("at most one worker has a message", |_, state: &State| {
            let holders =
                |message| state.workers.iter().filter(|one| one.believes(message)).count();
            (0..state.stored.len()).all(|message| holders(message) <= 1)
        }),
        Property::always("a worker that has stopped hides no message", |_, state: &State| {
            let stopped = state.workers.iter().filter(|one| one.phase == Phase::Stopped);
            let mut receipts = stopped.flat_map(|worker| &worker.receipts);
            receipts.all(|(message, receipt)| !state.stored[*message].is_hidden_long_by(*receipt))
        }),
        Property::always("no heartbeat undoes a return", |_, state: &State| {
            let mut returned = state.workers.iter().flat_map(|worker| &worker.returned);
            returned.all(|(message, receipt)| !state.stored[*message].is_hidden_long_by(*receipt))
        }),
        Property::always("received = settled + lost + in flight", |_, state: &State| {
            state.workers.iter().filter(|one| one.is_alive()).all(|worker| {
                let ended = worker.settled + worker.lost;
                worker.received == ended + worker.leases.len() as u8
            })
        }),
        Property::always("only a processed message is deleted", |_, state: &State| {
            let deleted =
                |stored: &Stored| !stored.is_visible() && !stored.is_hidden_by(stored.receives);
            let mut messages = state.stored.iter().zip(&state.processed);
            messages.all(|(stored, processed)| !deleted(stored) || *processed > 0)
        }),
        Property::sometimes("event: a lease is lost", |_, state: &State| {
            state.workers.iter().any(|worker| worker.lost > 0)
        }),
        Property::sometimes("event: a timeout is extended", |_, state: &State| {
            let leases = state.workers.iter().flat_map(|worker| &worker.leases);
            leases.into_iter().any(|lease| state.stored[lease.message].outlasts(lease))
        }),
        Property::sometimes("event: a message is released by a stop", |_, state: &State| {
            let mut stopped = state.workers.iter().filter(|one| one.phase == Phase::Stopped);
            stopped.any(|one| one.settled > 0) && state.processed.iter().all(|one| *one == 0)
        }),
        Property::sometimes("event: a message is processed twice", |_, state: &State| {
            state.processed.iter().any(|processed| *processed > 1)
        }),
        Property::sometimes("event: both workers have stopped", |_, state: &State| {
            state.workers.iter().all(|worker| worker.phase == Phase::Stopped)
        }),
    ];
    if protocol.kills {
        properties.extend([
            Property::sometimes("event: a killed worker hides a message", |_, state: &State| {
                state.killed().any(|(message, receipt)| state.stored[message].is_hidden_by(receipt))
            }),
            Property::sometimes("event: another worker gets it", |_, state: &State| {
                let leases = state.workers.iter().flat_map(|worker| &worker.leases);
                let mut others = leases.filter(|lease| lease.is_believed());
                others.any(|lease| {
                    state.killed().any(|(message, receipt)| {
                        message == lease.message && receipt < lease.receipt
                    })
                })
            }),
        ]);
    }
    properties
}
