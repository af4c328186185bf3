//! The local queue server: its protocol, its polls, its faults on demand, and the
//! command that runs it.

mod command;
mod faults;
mod init;
mod journey;
mod page;
mod polls;
mod protocol;
