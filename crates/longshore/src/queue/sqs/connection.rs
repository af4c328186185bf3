//! How SQS is reached: credentials, region, endpoint, timeouts. One connection serves all queues.

use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{Builder, Credentials, StalledStreamProtectionConfig};
use aws_sdk_sqs::{Client, Config};
use tokio::sync::OnceCell;

use super::SqsQueue;
use super::locate::{self, is_loopback};
use super::sender::Sender;
use crate::config::{AwsConfig, QueueAddress};
use crate::telemetry::QueueMetrics;

/// Signs for an endpoint that checks no signature, where the environment and the profile have none.
const PLACEHOLDER: &str = "local";
/// Signed for where the environment and the profile name none.
const ANY_REGION: Region = Region::from_static("us-east-1");

/// How long one request that sends may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

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
    /// `config` comes first. A loopback endpoint has no instance that could be asked, and takes
    /// whatever it is given. Makes no request to SQS.
    pub async fn open(config: &AwsConfig) -> Self {
        let local = config.endpoint_url.as_deref().is_some_and(is_loopback);
        let region = RegionProviderChain::first_try(config.region.clone().map(Region::new));
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        loader = if local {
            let region = region.or_else(EnvironmentVariableRegionProvider::new());
            let region = region.or_else(ProfileFileRegionProvider::new()).or_else(ANY_REGION);
            loader.region(region).credentials_provider(any_credentials())
        } else {
            loader.region(region.or_default_provider())
        };
        if let Some(endpoint) = &config.endpoint_url {
            loader = loader.endpoint_url(endpoint);
        }
        Self { sdk: loader.load().await }
    }

    /// A connection to a local queue: no account, any region, credentials that nobody checks.
    pub fn local(endpoint_url: &str) -> Self {
        let credentials = Credentials::new(PLACEHOLDER, PLACEHOLDER, None, None, PLACEHOLDER);
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint_url)
            .region(ANY_REGION)
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
        let client = |attempt_timeout| Client::from_conf(self.client(&address, attempt_timeout));
        SqsQueue {
            receive: client(timeouts.receive),
            settle: client(timeouts.settle),
            place: OnceCell::new(),
            address,
            metrics,
        }
    }

    /// A sender to the queue at this URL. Makes no request.
    pub fn sender(&self, url: impl Into<String>) -> Sender {
        let url = url.into();
        let config = self.client(&QueueAddress::Url(url.clone()), SEND_TIMEOUT);
        Sender { client: Client::from_conf(config), url }
    }

    fn client(&self, address: &QueueAddress, attempt_timeout: Duration) -> Config {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(attempt_timeout)
            .build();
        // The SDK's retries would strand what a lost answer had brought, and hide requests.
        let mut config = Builder::from(&self.sdk)
            .region(self.region(address))
            .retry_config(RetryConfig::disabled())
            // Each attempt has a timeout: a stream that stalls meets that.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts);
        if let Some(endpoint) = self.endpoint(address) {
            config = config.endpoint_url(endpoint);
            if is_loopback(endpoint) {
                config = config.credentials_provider(any_credentials());
            }
        }
        config.build()
    }

    /// The endpoint that a queue's URL brings along. The SDK would ignore it, and ask AWS. A configured
    /// endpoint comes first.
    fn endpoint<'a>(&self, address: &'a QueueAddress) -> Option<&'a str> {
        match address {
            QueueAddress::Url(url) if self.sdk.endpoint_url().is_none() => locate::endpoint(url),
            QueueAddress::Url(_) | QueueAddress::Name(_) | QueueAddress::Arn(_) => None,
        }
    }

    /// The region to sign for: the one that the queue's URL or ARN names, else the configured one. An
    /// endpoint on this machine takes any.
    fn region(&self, address: &QueueAddress) -> Option<Region> {
        let named = match address {
            QueueAddress::Name(_) => None,
            QueueAddress::Url(url) => locate::region(url),
            QueueAddress::Arn(arn) => arn.split(':').nth(3),
        };
        let any = || self.endpoint(address).is_some_and(is_loopback).then_some(ANY_REGION);
        named
            .map(|name| Region::new(name.to_owned()))
            .or_else(|| self.sdk.region().cloned())
            .or_else(any)
    }
}

fn any_credentials() -> CredentialsProviderChain {
    let environment = EnvironmentVariableCredentialsProvider::new();
    let placeholder = Credentials::new(PLACEHOLDER, PLACEHOLDER, None, None, PLACEHOLDER);
    CredentialsProviderChain::first_try("environment", environment)
        .or_else("profile", ProfileFileCredentialsProvider::builder().build())
        .or_else(PLACEHOLDER, placeholder)
}
