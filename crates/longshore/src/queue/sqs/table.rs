//! A table of Amazon DynamoDB, with the credentials of the connection: it decides which of several
//! workers sends a periodic task.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::attempt::Attempt;
use super::credentials::RenewedCredentials;
use crate::queue::failure::QueueError;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// One table. Each call sends one request and makes no retries.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
    credentials: RenewedCredentials,
}

/// A value of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableValue {
    /// A value of the type `S`.
    Text(String),
    /// A value of the type `N` that is a whole number.
    Number(i64),
}

/// The attributes of an item that are texts or whole numbers.
pub type Item = BTreeMap<String, TableValue>;

/// A change of one item that depends on what the item contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionalUpdate<'a> {
    /// The name and the value of the partition key.
    pub key: (&'a str, &'a str),
    /// The attributes that are set.
    pub set: Vec<(&'a str, TableValue)>,
    /// The condition. It names an attribute as `#run`, a new value as `:run`, and one of `compared` by
    /// its name, as in `:now`.
    pub condition: &'a str,
    /// Values that only the condition uses.
    pub compared: Vec<(&'a str, TableValue)>,
}

/// What came of a [`ConditionalUpdate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// The item was changed. It had these attributes before, or none if it is new.
    Yes(Item),
    /// The condition does not hold, and nothing was changed. The item has these attributes.
    No(Item),
}

/// Where a table is, and how it is reached.
pub(super) struct Access {
    pub(super) region: Option<Region>,
    pub(super) endpoint: Option<String>,
    pub(super) http: SharedHttpClient,
    pub(super) credentials: RenewedCredentials,
}

impl Table {
    pub(super) fn new(sdk: &SdkConfig, access: Access, name: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(TIMEOUT)
            .build();
        let mut config = Builder::from(sdk);
        if access.endpoint.is_some() {
            // The SDK refuses them together.
            config = config.use_fips(false).use_dual_stack(false);
        }
        // That of the connection is an endpoint of SQS.
        config.set_endpoint_url(access.endpoint);
        let config = config
            .region(access.region)
            .credentials_provider(access.credentials.clone())
            .http_client(access.http)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts);
        Self { client: Client::from_conf(config.build()), name, credentials: access.credentials }
    }

    /// Changes an item if its condition holds: `UpdateItem`. It may be repeated after a failure, which
    /// can have changed the item.
    ///
    /// # Errors
    /// If DynamoDB does not answer in time, or refuses the request.
    pub async fn update(&self, update: &ConditionalUpdate<'_>) -> Result<Updated, QueueError> {
        let (key, value) = update.key;
        let assignments: Vec<_> =
            update.set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let expression = format!("SET {}", assignments.join(", "));
        let names = names_in(&expression).chain(names_in(update.condition));
        let names: HashMap<_, _> =
            names.map(|name| (format!("#{name}"), name.to_owned())).collect();
        let values = update.set.iter().chain(&update.compared);
        let values: HashMap<_, _> =
            values.map(|(name, value)| (format!(":{name}"), sent(value))).collect();
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .key(key, AttributeValue::S(value.to_owned()))
            .update_expression(expression)
            .condition_expression(update.condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .interceptor(attempt.clone());
        match request.send().await {
            Err(SdkError::ServiceError(refusal)) if is_about_the_condition(refusal.err()) => {
                Ok(Updated::No(found(refusal.into_err())))
            }
            answer => {
                let answer = attempt.conclude("UpdateItem", answer)?;
                Ok(Updated::Yes(item(answer.attributes)))
            }
        }
    }
}

fn is_about_the_condition(error: &UpdateItemError) -> bool {
    matches!(error, UpdateItemError::ConditionalCheckFailedException(_))
}

/// The item of a condition that does not hold.
fn found(error: UpdateItemError) -> Item {
    match error {
        UpdateItemError::ConditionalCheckFailedException(error) => item(error.item),
        _ => Item::new(),
    }
}

/// The attributes that an expression names as `#name`.
fn names_in(expression: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    expression.split('#').skip(1).map(move |rest| {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        &rest[..end]
    })
}

fn sent(value: &TableValue) -> AttributeValue {
    match value {
        TableValue::Text(text) => AttributeValue::S(text.clone()),
        TableValue::Number(number) => AttributeValue::N(number.to_string()),
    }
}

fn item(attributes: Option<HashMap<String, AttributeValue>>) -> Item {
    let value = |value: AttributeValue| match value {
        AttributeValue::S(text) => Some(TableValue::Text(text)),
        AttributeValue::N(number) => number.parse().ok().map(TableValue::Number),
        _ => None,
    };
    let attributes = attributes.unwrap_or_default();
    attributes.into_iter().filter_map(|(name, found)| Some((name, value(found)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_of_an_expression_is_named() {
        let condition =
            "attribute_not_exists(#task) OR #run < :run OR (#run = :run AND #state=:old)";
        let names: Vec<_> = names_in(condition).collect();
        assert_eq!(names, ["task", "run", "run", "state"]);
        assert_eq!(names_in("a = :b").next(), None);
    }
}
