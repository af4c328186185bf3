//! The local queue: what it says on the wire, how it polls, the faults it can be told to have, and the
//! command that runs it.

mod command;
mod faults;
mod polls;
mod protocol;
