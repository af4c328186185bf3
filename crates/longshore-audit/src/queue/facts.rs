//! What is known of one queue.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore::config::objectives::LONG_POLL_REFERENCE;

use super::encryption::Encryption;
use super::policy::Policy;
use super::redrive::{Redrive, RedriveAllow, Source};
use super::setting::Setting;
use super::usage::Usage;

/// The longest wait of a receive.
pub(crate) const LONGEST_WAIT: Duration = LONG_POLL_REFERENCE;

/// A queue of an account, or one that a Terraform plan creates.
#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    /// Its name. In a plan that does not know it, the address of the resource.
    pub name: String,
    /// Its URL or, in a plan, the address of its resource.
    pub place: Place,
    /// Its region, if it is known.
    pub region: Option<String>,
    /// Whether it is a FIFO queue.
    pub fifo: bool,
    /// `ReceiveMessageWaitTimeSeconds`.
    pub wait: Setting<Duration>,
    /// `VisibilityTimeout`.
    pub visibility: Setting<Duration>,
    /// `MessageRetentionPeriod`.
    pub retention: Setting<Duration>,
    /// `MaximumMessageSize` in bytes.
    pub largest_message: Setting<u64>,
    /// `RedrivePolicy`.
    pub redrive: Setting<Redrive>,
    /// `RedriveAllowPolicy`: which queues may use it as their dead-letter queue.
    pub redrive_allow: Setting<RedriveAllow>,
    /// How its messages are encrypted.
    pub encryption: Setting<Encryption>,
    /// `Policy`: who has access.
    pub policy: Setting<Policy>,
    /// `FifoThroughputLimit` is `perMessageGroupId`.
    pub high_throughput: Setting<bool>,
    /// Its tags. `None` if they were not read.
    pub tags: Option<BTreeMap<String, String>>,
    /// The queues whose dead letters it gets, with their retention if it is known. `None` if it is not
    /// known whether there are any.
    pub sources: Option<Vec<Source>>,
    /// `CreatedTimestamp`: the time since the Unix epoch. `None` in a plan.
    pub created: Option<Duration>,
    /// `ApproximateNumberOfMessages`: the messages that wait now. `None` in a plan.
    pub visible: Option<u64>,
    /// What happens to its messages. `None` without metrics.
    pub usage: Option<Usage>,
    /// The timeout of its handler: of the function in a plan that Lambda calls with its messages.
    pub function_timeout: Option<Duration>,
}

/// Where a queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A queue of an account.
    Account {
        /// Its URL.
        url: String,
        /// Its ARN.
        arn: String,
    },
    /// A resource of a Terraform plan, such as `module.shop.aws_sqs_queue.orders`.
    Plan(String),
}

impl Queue {
    /// The ARN, or the address of the resource in a plan.
    pub fn resource(&self) -> &str {
        match &self.place {
            Place::Account { arn, .. } => arn,
            Place::Plan(address) => address,
        }
    }

    /// The URL. `None` for a queue of a plan.
    pub fn url(&self) -> Option<&str> {
        match &self.place {
            Place::Account { url, .. } => Some(url),
            Place::Plan(_) => None,
        }
    }

    /// Whether it gets the dead letters of other queues. `None` if that is not known.
    pub fn is_dead_letter_queue(&self) -> Option<bool> {
        self.sources.as_ref().map(|sources| !sources.is_empty())
    }

    /// A healthy queue for tests: no check finds anything.
    #[cfg(test)]
    pub(crate) fn example(name: &str) -> Self {
        use super::redrive::DeadLetterQueue;

        let account = "123456789012";
        let dead_letters = DeadLetterQueue::Found {
            fifo: name.ends_with(".fifo"),
            retention: Setting::Known(Duration::from_secs(14 * 86_400)),
        };
        let statement = serde_json::json!({"Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "sqs:*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }]});
        Self {
            name: name.to_owned(),
            place: Place::Account {
                url: format!("https://sqs.us-east-1.amazonaws.com/{account}/{name}"),
                arn: format!("arn:aws:sqs:us-east-1:{account}:{name}"),
            },
            region: Some("us-east-1".to_owned()),
            fifo: name.ends_with(".fifo"),
            wait: Setting::Known(LONGEST_WAIT),
            visibility: Setting::Known(Duration::from_secs(120)),
            retention: Setting::Known(Duration::from_secs(7 * 86_400)),
            largest_message: Setting::Known(1_048_576),
            redrive: Setting::Known(Redrive {
                target: Some(format!("arn:aws:sqs:us-east-1:{account}:dead")),
                max_receives: Some(5),
                queue: dead_letters,
            }),
            redrive_allow: Setting::Known(RedriveAllow::Listed),
            encryption: Setting::Known(Encryption::Sqs),
            policy: Setting::Known(Policy::parse(&statement.to_string()).expect("it is valid")),
            high_throughput: Setting::Known(true),
            tags: Some([("team".to_owned(), "shop".to_owned())].into()),
            sources: Some(Vec::new()),
            created: Some(Duration::ZERO),
            visible: Some(3),
            usage: Some(Usage::example()),
            function_timeout: None,
        }
    }
}
