//! Service level objectives, as arithmetic: which events are good, how fast an error budget burns,
//! and over which windows the alerts look.

pub mod judge;
mod objective;
pub mod windows;

pub use judge::Objectives;
pub use objective::{Judgement, Slo};
