//! How SQS is reached: credentials, region, endpoint, timeouts. One connection serves all queues.

use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{Builder, Credentials};
use tokio::sync::OnceCell;

use super::SqsQueue;
use super::locate::{self, is_loopback};
use crate::config::{AwsConfig, QueueAddress};
use crate::telemetry::QueueMetrics;

/// Signs for an endpoint that checks no signature, where the environment and the profile have none.
const PLACEHOLDER: &str = "local";

/// The account's settings, loaded once. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
}

/// How long one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A receive: its wait, and time for the way. The SDK by itself would wait for ever.
    pub receive: Duration,
    /// Everything else.
    pub settle: Duration,
}

impl Timeouts {
    /// For receives with this wait.
    pub fn for_wait(wait: Duration) -> Self {
        Self { receive: wait + Duration::from_secs(10), settle: Duration::from_secs(5) }
    }
}

impl Connection {
    /// Loads region and credentials as the AWS tools do (environment, profile, container, instance);
    /// `config` comes first. Makes no request to SQS.
    pub async fn open(config: &AwsConfig) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &config.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &config.endpoint_url {
            loader = loader.endpoint_url(endpoint);
            if is_loopback(endpoint) {
                loader = loader.credentials_provider(unchecked_credentials());
            }
        }
        Self { sdk: loader.load().await }
    }

    /// A connection to a local queue: no account, any region, credentials that nobody checks.
    pub fn local(endpoint_url: &str) -> Self {
        let credentials = Credentials::new(PLACEHOLDER, PLACEHOLDER, None, None, PLACEHOLDER);
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint_url)
            .region(Region::from_static("us-east-1"))
            .credentials_provider(aws_sdk_sqs::config::SharedCredentialsProvider::new(credentials))
            .build();
        Self { sdk }
    }

    /// A queue reached by this connection, with its requests counted in `metrics`. Makes no request.
    pub fn queue(
        &self,
        address: QueueAddress,
        timeouts: Timeouts,
        metrics: Arc<QueueMetrics>,
    ) -> SqsQueue {
        let endpoint = self.endpoint(&address);
        let client = |attempt_timeout| {
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_attempt_timeout(attempt_timeout)
                .build();
            // The SDK's retries would strand what a lost answer had brought, and hide requests.
            let mut config = Builder::from(&self.sdk)
                .region(self.region(&address))
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts);
            if let Some(endpoint) = endpoint {
                config = config.endpoint_url(endpoint);
                if is_loopback(endpoint) {
                    config = config.credentials_provider(unchecked_credentials());
                }
            }
            Client::from_conf(config.build())
        };
        SqsQueue {
            receive: client(timeouts.receive),
            settle: client(timeouts.settle),
            url: OnceCell::new(),
            address,
            metrics,
        }
    }

    /// The endpoint that a queue's URL brings along. The SDK would ignore it, and ask AWS. A configured
    /// endpoint comes first.
    fn endpoint<'a>(&self, address: &'a QueueAddress) -> Option<&'a str> {
        match address {
            QueueAddress::Url(url) if self.sdk.endpoint_url().is_none() => locate::endpoint(url),
            QueueAddress::Url(_) | QueueAddress::Name(_) | QueueAddress::Arn(_) => None,
        }
    }

    /// The region to sign for: the one that the queue's URL or ARN names, else the configured one. A
    /// loopback endpoint takes any.
    fn region(&self, address: &QueueAddress) -> Option<Region> {
        let named = match address {
            QueueAddress::Name(_) => None,
            QueueAddress::Url(url) => locate::region(url),
            QueueAddress::Arn(arn) => arn.split(':').nth(3),
        };
        let fallback = || {
            let endpoint = self.sdk.endpoint_url().or(self.endpoint(address));
            endpoint.is_some_and(is_loopback).then(|| Region::from_static("us-east-1"))
        };
        named
            .map(|name| Region::new(name.to_owned()))
            .or_else(|| self.sdk.region().cloned())
            .or_else(fallback)
    }
}

/// For a server on this machine, which is likely to check no signature: what the environment or the
/// profile has, else a placeholder.
fn unchecked_credentials() -> CredentialsProviderChain {
    let environment = EnvironmentVariableCredentialsProvider::new();
    let profile = ProfileFileCredentialsProvider::builder().build();
    let placeholder = Credentials::new(PLACEHOLDER, PLACEHOLDER, None, None, PLACEHOLDER);
    CredentialsProviderChain::first_try("environment", environment)
        .or_else("profile", profile)
        .or_else(PLACEHOLDER, placeholder)
}
