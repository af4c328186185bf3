//! Since when: messages, money and message groups over time.

use super::selector::{recorded, worst_ten};
use crate::dashboards::dashboard::{Section, collapsed, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::query::series;

/// The legend of one series per queue.
const QUEUE: &str = "{{queue}} {{region}}";

fn lines(title: &'static str, description: Description) -> Panel {
    Panel::new(PanelKind::Lines, title, description).width(8).height(8)
}

pub(super) fn messages() -> Section {
    section(
        "Messages",
        vec![oldest(), visible(), in_flight(), rates(), not_deleted(), dead_letters()],
    )
}

pub(super) fn money() -> Section {
    section("Money", vec![wasted(), empty_receives(), message_size()])
}

/// Only FIFO and fair queues have these.
pub(super) fn groups() -> Section {
    collapsed("Message groups", vec![groups_in_flight(), noisy_groups(), quiet_groups()])
}

fn oldest() -> Panel {
    let description = Description {
        shows: "The age of the oldest message, of the ten queues where it was highest.",
        good: "The lines return to near 0.",
        otherwise: "A line that rises by one second each second means that the oldest message is not \
            processed at all.",
    };
    lines("Oldest message", description)
        .unit("s")
        .no_value("no message waits")
        .query(series(QUEUE, worst_ten("sqs:oldest_message_age:seconds")))
}

fn visible() -> Panel {
    let description = Description {
        shows: "Messages that wait, of the ten queues with the most.",
        good: "The lines return to near 0.",
        otherwise: "A line that grows means that consumers are too slow or do not delete.",
    };
    lines("Messages waiting", description)
        .unit("short")
        .no_value("no message waits")
        .query(series(QUEUE, worst_ten("sqs:messages_visible:max")))
}

fn in_flight() -> Panel {
    let description = Description {
        shows: "Messages in flight, of the ten queues with the most. SQS allows 120,000 in a queue.",
        good: "At most the number of messages that your consumers process at once.",
        otherwise: "More than that means that messages failed or were abandoned, and that SQS hides them \
            until their visibility timeout.",
    };
    lines("Messages in flight", description)
        .unit("short")
        .no_value("none in flight")
        .query(series(QUEUE, worst_ten("sqs:messages_in_flight:max")))
}

fn rates() -> Panel {
    let description = Description {
        shows: "Messages per second that were sent, received and deleted, of all selected queues.",
        good: "The three lines are equal.",
        otherwise: "More received than deleted: messages fail. More sent than received: consumers are too \
            slow.",
    };
    let rate = |name: &str| format!("sum({})", recorded(name));
    lines("Sent, received and deleted", description)
        .unit("mps")
        .query(series("sent", rate("sqs:messages_sent:per_second")))
        .query(series("received", rate("sqs:messages_received:per_second")))
        .query(series("deleted", rate("sqs:messages_deleted:per_second")))
}

fn not_deleted() -> Panel {
    let description = Description {
        shows: "The share of the messages received in the last hour that were not deleted, of the ten worst \
            queues.",
        good: "Near 0 %.",
        otherwise: "At 50 %, half of the receives are wasted, because the messages are received again.",
    };
    lines("Received, not deleted", description)
        .unit("percentunit")
        .no_value("all deleted")
        .query(series(QUEUE, worst_ten("sqs:messages_not_deleted:ratio_rate1h")))
}

fn dead_letters() -> Panel {
    let description = Description {
        shows: "Messages in dead-letter queues, of the ten queues with the most.",
        good: "No lines.",
        otherwise: "A step shows when messages failed for the last time. Look at what changed then.",
    };
    lines("Dead letters", description)
        .unit("short")
        .no_value("no dead letters")
        .query(series(QUEUE, worst_ten("sqs:dead_letters:messages")))
}

fn wasted() -> Panel {
    let description = Description {
        shows: "Estimated dollars in 30 days for empty receives above the floor of long polling, at the rate \
            of the last 30 minutes, of the ten queues that waste most.",
        good: "No lines.",
        otherwise: "A step shows when consumers began to poll more or with a shorter wait.",
    };
    lines("Wasted in 30 days", description)
        .unit("currencyUSD")
        .no_value("no waste")
        .query(series(QUEUE, worst_ten("sqs:wasted_spend:usd_per_30d_rate30m")))
}

fn empty_receives() -> Panel {
    let description = Description {
        shows: "Receives per second that returned no message, of the ten queues with the most.",
        good: "One long poller makes 0.05 a second on an empty queue.",
        otherwise: "Divide by 0.05: if the result is more than the number of your pollers, they use short \
            polling.",
    };
    lines("Empty receives", description)
        .unit("reqps")
        .no_value("no empty receives")
        .query(series(QUEUE, worst_ten("sqs:empty_receives:per_second")))
}

fn message_size() -> Panel {
    let description = Description {
        shows: "The average size of the messages sent, of the ten queues where it is highest.",
        good: "Below 64 KiB. SQS bills each 64 KiB of a request as one request.",
        otherwise: "Store large payloads in S3, and send their key.",
    };
    lines("Size of sent messages", description)
        .unit("bytes")
        .no_value("no message was sent")
        .query(series(QUEUE, worst_ten("sqs:sent_message_size:bytes")))
}

fn groups_in_flight() -> Panel {
    let description = Description {
        shows: "FIFO queues: message groups that have messages in flight.",
        good: "As many as your consumers process at once.",
        otherwise: "Few groups and a large backlog: the messages have too few group ids, or one group is \
            blocked by a message that fails.",
    };
    lines("FIFO groups in flight", description)
        .unit("short")
        .no_value("none in flight")
        .query(series(QUEUE, worst_ten("sqs:groups_in_flight:max")))
}

fn noisy_groups() -> Panel {
    let description = Description {
        shows: "Fair queues: message groups that take more than their share of the consumers.",
        good: "0.",
        otherwise: "SQS returns the messages of the other groups first. Find the tenant that sends so much.",
    };
    lines("Noisy groups", description)
        .unit("short")
        .no_value("no noisy group")
        .query(series(QUEUE, worst_ten("sqs:noisy_groups:max")))
}

fn quiet_groups() -> Panel {
    let description = Description {
        shows: "Fair queues: the age of the oldest message of the groups that are not noisy.",
        good: "Near 0, also while a noisy group has a backlog.",
        otherwise: "Too few consumers: the other groups wait too.",
    };
    lines("Oldest message of quiet groups", description)
        .unit("s")
        .no_value("none waits")
        .query(series(QUEUE, worst_ten("sqs:oldest_message_age_in_quiet_groups:seconds")))
}
