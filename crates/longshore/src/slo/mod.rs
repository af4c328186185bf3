//! Service level objectives, as arithmetic: which events are good, how fast an error budget burns,
//! and over which windows the alerts look.

mod delivery;
pub mod judge;
mod objective;
mod recent_ids;
pub mod thresholds;
pub mod windows;

pub use delivery::{DeliveryJudge, ReceiveEnd, Redrive};
pub use judge::Objectives;
pub use objective::{Judgement, Slo};
pub(crate) use recent_ids::RecentIds;
