//! The queues and the messages of a local server at its start.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::new_queue::{NewQueue, fifo_of};
use crate::settings::{ConfigError, InitMessage, InitQueue};
use longshore_local::{Action, Refusal, Server};

/// This attribute is set after all queues exist, so that a queue can name a later one.
const REDRIVE: &str = "RedrivePolicy";

pub(super) struct FirstQueues<'a> {
    pub(super) local: &'a Server,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

impl FirstQueues<'_> {
    /// Creates the queues of the file and of the command line. Returns the name and the URL of each.
    pub(super) async fn create(
        &self,
        file: &[InitQueue],
        flags: &[NewQueue],
    ) -> anyhow::Result<Vec<[String; 2]>> {
        let mut created = Vec::new();
        for queue in file {
            created.push(self.create_from_file(queue).await?);
        }
        for queue in flags {
            let queue = self.create_from_flag(queue)?;
            if !created.contains(&queue) {
                created.push(queue);
            }
        }
        for (queue, [_, url]) in file.iter().zip(&created) {
            self.redrive(queue, url).await?;
            self.send(queue, url).await?;
        }
        Ok(created)
    }

    fn create_from_flag(&self, queue: &NewQueue) -> anyhow::Result<[String; 2]> {
        let attributes: Vec<_> =
            queue.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = self
            .local
            .create_queue(&queue.name, &attributes)
            .with_context(|| format!("cannot create the queue `{}`", queue.name))?;
        Ok([queue.name.clone(), url])
    }

    async fn create_from_file(&self, queue: &InitQueue) -> Result<[String; 2], ConfigError> {
        let name = &queue.name.value;
        let given = queue.attributes.iter().filter(|(name, _)| *name != REDRIVE);
        let mut attributes: BTreeMap<_, _> =
            given.map(|(name, given)| (name.clone(), given.value.clone())).collect();
        attributes.extend(fifo_of(name, queue.attributes.keys()));
        let request = json!({ "QueueName": name, "Attributes": attributes, "tags": queue.tags });
        let created = self.local.perform(Action::CreateQueue, &request).await;
        let created = created.map_err(|refusal| at_attribute(queue, &refusal))?;
        let url = created["QueueUrl"].as_str().unwrap_or_default().to_owned();
        Ok([name.clone(), url])
    }

    async fn redrive(&self, queue: &InitQueue, url: &str) -> Result<(), ConfigError> {
        if let Some(policy) = queue.attributes.get(REDRIVE) {
            let set = self.set_redrive(url, &policy.value).await;
            set.map_err(|refusal| policy.refused(&refusal.to_string()))?;
        }
        if let Some(redrive) = &queue.redrive {
            let Self { region, account, .. } = self;
            let target = format!("arn:aws:sqs:{region}:{account}:{}", redrive.value.to);
            let max_receives = redrive.value.max_receives;
            let policy = json!({ "deadLetterTargetArn": target, "maxReceiveCount": max_receives });
            let set = self.set_redrive(url, &policy.to_string()).await;
            set.map_err(|refusal| redrive.refused(&refusal.to_string()))?;
        }
        Ok(())
    }

    async fn set_redrive(&self, url: &str, policy: &str) -> Result<Value, Refusal> {
        let request = json!({ "QueueUrl": url, "Attributes": { REDRIVE: policy } });
        self.local.perform(Action::SetQueueAttributes, &request).await
    }

    async fn send(&self, queue: &InitQueue, url: &str) -> Result<(), ConfigError> {
        for message in &queue.messages {
            let request = request(url, &message.value);
            let sent = self.local.perform(Action::SendMessage, &request).await;
            sent.map_err(|refusal| message.refused(&refusal.to_string()))?;
        }
        Ok(())
    }
}

/// The error of the attribute that the server names, or of the queue's name.
fn at_attribute(queue: &InitQueue, refusal: &Refusal) -> ConfigError {
    let mut attributes = queue.attributes.iter();
    let named = attributes.find(|(name, _)| refusal.message().contains(name.as_str()));
    named.map_or(&queue.name, |(_, given)| given).refused(&refusal.to_string())
}

fn request(url: &str, message: &InitMessage) -> Value {
    let InitMessage { body, group, deduplication_id, delay_seconds } = message;
    let optional = [
        ("MessageGroupId", group.as_deref().map(Value::from)),
        ("MessageDeduplicationId", deduplication_id.as_deref().map(Value::from)),
        ("DelaySeconds", delay_seconds.map(Value::from)),
    ];
    let given = optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let mut request: Map<_, _> = given.collect();
    request.extend([("QueueUrl".to_owned(), json!(url)), ("MessageBody".to_owned(), json!(body))]);
    request.into()
}
