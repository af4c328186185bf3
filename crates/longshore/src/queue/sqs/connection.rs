//! Credentials, region, endpoint and timeouts. One connection serves all queues.

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

use super::location::{self, is_loopback};
use super::sender::Sender;
use super::sqs_queue::SqsQueue;
use crate::config::{AwsConfig, InvalidConfig, QueueAddress};

/// The credentials for a local endpoint, which checks no signature, if there are no others.
const PLACEHOLDER: &str = "local";
/// The region for a local endpoint, if there is no other.
const ANY_REGION: Region = Region::from_static("us-east-1");

/// How long a request of a [`Sender`] may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Access to SQS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
}

/// How long a request may take.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Timeouts {
    /// A receive, its wait included. Without it the SDK would wait forever.
    pub receive: Duration,
    /// Every other request.
    pub settle: Duration,
}

impl Timeouts {
    /// 10 s more than this wait for receives, 5 s for other requests.
    pub fn for_wait(wait: Duration) -> Self {
        Self { receive: wait + Duration::from_secs(10), settle: Duration::from_secs(5) }
    }
}

impl Connection {
    /// Loads region and credentials as the AWS tools do: from `config`, the environment, the
    /// profile, the container or the instance. A loopback endpoint needs neither. Sends no request
    /// to SQS.
    ///
    /// # Errors
    /// If a value of `config` is invalid.
    pub async fn open(config: &AwsConfig) -> Result<Self, InvalidConfig> {
        config.check()?;
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
        Ok(Self { sdk: loader.load().await })
    }

    /// A connection to a local queue server, which needs no account and checks no credentials.
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

    /// A queue of this connection. Sends no request.
    pub fn queue(&self, address: QueueAddress, timeouts: Timeouts) -> SqsQueue {
        let client = |attempt_timeout| Client::from_conf(self.client(&address, attempt_timeout));
        let (receive, settle) = (client(timeouts.receive), client(timeouts.settle));
        SqsQueue::new(address, receive, settle)
    }

    /// A sender to the queue with this URL. Sends no request.
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
        // A retry of the SDK would leave the messages of a lost answer hidden, and would not be
        // counted.
        let mut config = Builder::from(&self.sdk)
            .region(self.region(address))
            .retry_config(RetryConfig::disabled())
            // The timeout of the attempt also ends a stalled stream.
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

    /// The endpoint in a queue's URL, which the SDK would ignore. A configured endpoint has
    /// precedence.
    fn endpoint<'a>(&self, address: &'a QueueAddress) -> Option<&'a str> {
        match address {
            QueueAddress::Url(url) if self.sdk.endpoint_url().is_none() => location::endpoint(url),
            QueueAddress::Url(_) | QueueAddress::Name(_) | QueueAddress::Arn(_) => None,
        }
    }

    /// The region of the signature: the one in the queue's URL or ARN, otherwise the configured
    /// one. A loopback endpoint accepts any.
    fn region(&self, address: &QueueAddress) -> Option<Region> {
        let named = match address {
            QueueAddress::Name(_) => None,
            QueueAddress::Url(url) => location::region(url),
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
