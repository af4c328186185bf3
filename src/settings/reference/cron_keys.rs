//! The keys of periodic tasks.

use super::key::{Key, Kind, key};
use Kind::{Boolean, Duration, Text};

pub(super) const CRON: &[Key] = &[
    key(
        "cron",
        Text,
        "The path of a `cron.yaml` as of Elastic Beanstalk, from the directory of `longshore.toml`: the worker sends its periodic tasks to the queue. Needs `cron_table` or `cron_leader`. See [Periodic tasks](from/elastic-beanstalk.md#periodic-tasks).",
    ),
    key(
        "cron_table",
        Text,
        "The name or the ARN of a table of DynamoDB, in which the workers agree on the one that sends a run.",
    ),
    key(
        "cron_leader",
        Boolean,
        "Without a table: `true` for the only worker that sends the tasks of `cron`, `false` for the others. Two workers with `true` send each run twice.",
    ),
    key(
        "cron_grace",
        Duration,
        "How long after its time a missed run is still sent: 1 min to a day.",
    ),
];
