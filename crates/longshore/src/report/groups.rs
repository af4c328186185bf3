//! The message groups that send most, and how long their messages wait.

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::{four_places, milliseconds};
use crate::telemetry::{BusyGroup, BusyGroups};

/// The message groups of the last 5 to 10 minutes, as this process saw them. A sketch counts them, so
/// that its memory does not depend on the number of groups. Each message counts once, when its handler
/// starts for the first time.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GroupsReport {
    /// Messages that had a group.
    pub messages: u64,
    /// The groups with at least 1 % of these messages, the busiest first: at most 5. A group with more
    /// than a 64th of the messages is never missing.
    pub busiest: Vec<GroupReport>,
    /// Messages of all other groups.
    pub other_messages: u64,
    /// The mean time from sending these messages to the start of their handlers, in seconds. Null
    /// without such messages.
    pub other_mean_dwell_seconds: Option<f64>,
}

/// One message group.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct GroupReport {
    /// The `MessageGroupId`.
    pub group: String,
    /// Its messages, at least. At most a 64th of all messages can be missing.
    pub messages: u64,
    /// Their share of all messages with a group, 0 to 1.
    pub share: f64,
    /// The mean time from sending these messages to the start of their handlers, in seconds.
    pub mean_dwell_seconds: f64,
    /// The longest such time, in seconds.
    pub longest_dwell_seconds: f64,
}

impl From<BusyGroups> for GroupsReport {
    fn from(groups: BusyGroups) -> Self {
        let BusyGroups { messages, busiest, other_messages, other_mean } = groups;
        let group = |group: BusyGroup| {
            let BusyGroup { id, dwell } = group;
            GroupReport {
                group: id,
                messages: dwell.messages,
                share: four_places(dwell.messages as f64 / messages as f64),
                mean_dwell_seconds: milliseconds(dwell.mean().unwrap_or_default()),
                longest_dwell_seconds: milliseconds(dwell.longest),
            }
        };
        Self {
            messages,
            busiest: busiest.into_iter().map(group).collect(),
            other_messages,
            other_mean_dwell_seconds: other_mean.map(milliseconds),
        }
    }
}
