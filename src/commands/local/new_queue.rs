//! A queue of the command line.

use std::str::FromStr;

/// A queue to create, as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewQueue {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

impl FromStr for NewQueue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, attributes) = text.split_once(':').unwrap_or((text, ""));
        let mut queue = Self { name: name.to_owned(), attributes: Vec::new() };
        for part in attributes.split(',').filter(|part| !part.is_empty()) {
            let key = part.split_once('=').filter(|(key, _)| is_attribute_name(key));
            match (key, queue.attributes.last_mut()) {
                (Some((key, value)), _) => {
                    queue.attributes.push((key.to_owned(), value.to_owned()));
                }
                // This comma is part of a value, for example of the JSON of a redrive policy.
                (None, Some((_, value))) => value.extend([",", part]),
                (None, None) => {
                    return Err("expected NAME:ATTRIBUTE=VALUE,ATTRIBUTE=VALUE".to_owned());
                }
            }
        }
        queue.attributes.extend(fifo_of(name, queue.attributes.iter().map(|(name, _)| name)));
        Ok(queue)
    }
}

/// The attribute that makes the queue a FIFO queue if its name requires it. SQS requires both, and
/// accepts neither without the other.
pub(super) fn fifo_of<'a>(
    name: &str,
    mut given: impl Iterator<Item = &'a String>,
) -> Option<(String, String)> {
    let is_missing = name.ends_with(".fifo") && !given.any(|name| name == "FifoQueue");
    is_missing.then(|| ("FifoQueue".to_owned(), "true".to_owned()))
}

fn is_attribute_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(text: &str) -> (String, Vec<(String, String)>) {
        let queue: NewQueue = text.parse().unwrap();
        (queue.name, queue.attributes)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_queue_can_have_attributes() {
        assert_eq!(queue("orders"), ("orders".to_owned(), Vec::new()));
        let attributes = vec![pair("VisibilityTimeout", "60"), pair("DelaySeconds", "5")];
        assert_eq!(
            queue("orders:VisibilityTimeout=60,DelaySeconds=5"),
            ("orders".to_owned(), attributes)
        );
    }

    #[test]
    fn commas_in_a_redrive_policy_do_not_split_it() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead","maxReceiveCount":"3"}"#;
        let (_, attributes) = queue(&format!("orders:RedrivePolicy={policy},DelaySeconds=5"));
        assert_eq!(attributes, [pair("RedrivePolicy", policy), pair("DelaySeconds", "5")]);
    }

    #[test]
    fn a_name_of_a_fifo_queue_creates_one() {
        assert_eq!(queue("orders.fifo").1, [pair("FifoQueue", "true")]);
        assert_eq!(queue("orders.fifo:FifoQueue=false").1, [pair("FifoQueue", "false")]);
    }

    #[test]
    fn an_attribute_without_a_value_is_an_error() {
        assert!("orders:DelaySeconds".parse::<NewQueue>().is_err());
    }
}
