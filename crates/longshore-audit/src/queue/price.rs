//! What requests of a queue cost.

use longshore::config::QueueConfig;
use longshore::cost::pricing::usd;

use super::facts::{Place, Queue};

impl Queue {
    /// US dollars per million requests that send, receive or delete its messages. `None` in the partition
    /// of China, whose prices are in another currency. <https://aws.amazon.com/sqs/pricing/>
    pub fn price_per_million_usd(&self) -> Option<f64> {
        match &self.place {
            Place::Account { arn, .. } if arn.starts_with("arn:aws-cn:") => None,
            Place::Account { .. } | Place::Plan(_) if self.fifo => {
                Some(QueueConfig::FIFO_USD_PER_MILLION)
            }
            Place::Account { .. } | Place::Plan(_) => Some(QueueConfig::STANDARD_USD_PER_MILLION),
        }
    }

    /// US dollars for this many requests.
    pub(crate) fn usd(&self, requests: f64) -> Option<f64> {
        self.price_per_million_usd().map(|price| usd(requests.round() as u64, price))
    }
}
