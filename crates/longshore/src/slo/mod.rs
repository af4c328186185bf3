//! What a queue is held to, as arithmetic: which events are good, how fast an error budget burns, over
//! which windows that matters, and the Prometheus rules that say so. Knows nothing of tasks, requests
//! or HTTP.

pub mod judge;
pub mod report;
pub mod verdict;
pub mod windows;

pub use judge::Objectives;
pub use report::Report;
