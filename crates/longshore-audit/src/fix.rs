//! How to change a queue: as a command of the AWS CLI, and as Terraform.

use schemars::JsonSchema;
use serde::Serialize;

use crate::queue::Queue;

/// One change of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fix {
    /// What to do, in one or two sentences.
    pub text: String,
    /// The commands of the AWS CLI, one in each line. Null if no command changes it, or if the queue does not exist yet.
    pub aws: Option<String>,
    /// The arguments of the Terraform resource `aws_sqs_queue`. Null if none change it.
    pub terraform: Option<String>,
}

impl Fix {
    /// A change that no command makes.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), aws: None, terraform: None }
    }

    /// A new value for an attribute of the queue. The value of the command is that of the API.
    pub(crate) fn attribute(
        queue: &Queue,
        text: impl Into<String>,
        attribute: (&str, &str),
        terraform: impl Into<String>,
    ) -> Self {
        Self::attributes(queue, text, [attribute], terraform)
    }

    /// New values for several attributes of the queue in one request.
    pub(crate) fn attributes<const N: usize>(
        queue: &Queue,
        text: impl Into<String>,
        attributes: [(&str, &str); N],
        terraform: impl Into<String>,
    ) -> Self {
        let attributes: serde_json::Map<_, _> =
            attributes.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
        let attributes = serde_json::Value::Object(attributes).to_string();
        Self {
            text: text.into(),
            aws: queue.url().map(|url| {
                format!(
                    "aws sqs set-queue-attributes{} --queue-url {} --attributes {}",
                    region(queue),
                    quoted(url),
                    quoted(&attributes)
                )
            }),
            terraform: Some(terraform.into()),
        }
    }

    /// A command of `aws sqs` for this queue, with these arguments after its URL.
    pub(crate) fn command(
        queue: &Queue,
        text: impl Into<String>,
        command: &str,
        rest: &str,
    ) -> Self {
        let aws = queue.url().map(|url| {
            let rest = if rest.is_empty() { String::new() } else { format!(" {rest}") };
            format!("aws sqs {command}{} --queue-url {}{rest}", region(queue), quoted(url))
        });
        Self { text: text.into(), aws, terraform: None }
    }

    pub(crate) fn with_terraform(self, terraform: impl Into<String>) -> Self {
        Self { terraform: Some(terraform.into()), ..self }
    }
}

/// The option of the AWS CLI for the region of the queue.
pub(crate) fn region(queue: &Queue) -> String {
    queue.region.as_ref().map_or_else(String::new, |region| format!(" --region {}", quoted(region)))
}

/// A word of a POSIX shell. A name in an attribute cannot end the quotes.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Queue;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        assert_eq!(quoted("a'; rm -rf /; '"), r"'a'\''; rm -rf /; '\'''");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn an_attribute_is_set_by_a_command_and_by_terraform() {
        let queue = Queue::example("orders");
        let wait = ("ReceiveMessageWaitTimeSeconds", "20");
        let fix = Fix::attribute(&queue, "Wait.", wait, "receive_wait_time_seconds = 20");
        assert_eq!(
            fix.aws.as_deref(),
            Some(
                "aws sqs set-queue-attributes --region us-east-1 \
                 --queue-url https://sqs.us-east-1.amazonaws.com/123456789012/orders \
                 --attributes '{\"ReceiveMessageWaitTimeSeconds\":\"20\"}'"
            )
        );
    }
}
