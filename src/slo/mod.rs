//! What a queue is held to, as arithmetic: which events are good, how fast an error budget burns, what
//! is left of it. Knows nothing of tasks, requests or HTTP.

pub mod judge;

pub use judge::Objectives;
