//! Credentials, region, endpoint and timeouts. One connection serves all queues.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{Builder, SharedCredentialsProvider, StalledStreamProtectionConfig};
use aws_sdk_sqs::{Client, Config};

use super::credentials::{RenewedCredentials, placeholder};
use super::http_client::HttpClients;
use super::location::{self, is_loopback};
use super::sender::Sender;
use super::sqs_queue::SqsQueue;
#[cfg(feature = "dynamodb")]
use super::table::{Access, Table};
use crate::config::{AwsConfig, InvalidConfig, QueueAddress};
#[cfg(feature = "s3")]
use crate::queue::s3::{Reach, S3Payloads};

/// The region for a local endpoint, if there is no other.
const ANY_REGION: Region = Region::from_static("us-east-1");

/// How long a request of a [`Sender`] may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Access to SQS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
    http: HttpClients,
    credentials: RenewedCredentials,
    /// For queues whose URL has an endpoint on this machine.
    local: RenewedCredentials,
    /// Another server than that of AWS.
    #[cfg(feature = "s3")]
    s3_endpoint: Option<String>,
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
        let is_local = config.endpoint_url.as_deref().is_some_and(is_loopback);
        let http = HttpClients::new();
        let region = RegionProviderChain::first_try(config.region.clone().map(Region::new));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            // The credentials are kept until SQS refuses them.
            .identity_cache(IdentityCache::no_cache());
        loader = if is_local {
            let region = region.or_else(EnvironmentVariableRegionProvider::new());
            let region = region.or_else(ProfileFileRegionProvider::new()).or_else(ANY_REGION);
            loader.region(region).credentials_provider(placeholder())
        } else {
            loader.region(region.or_default_provider())
        };
        loader = loader.http_client(if is_local { &http.loopback } else { &http.public }.clone());
        if let Some(endpoint) = &config.endpoint_url {
            loader = loader.endpoint_url(endpoint);
        }
        let sdk = loader.load().await;
        let local = RenewedCredentials::local();
        let credentials = if is_local { local.clone() } else { from_aws(&sdk, &http) };
        Ok(Self {
            #[cfg(feature = "s3")]
            s3_endpoint: s3_endpoint(config, &sdk),
            sdk,
            http,
            credentials,
            local,
        })
    }

    /// A connection to a local queue server, which needs no account and checks no credentials.
    pub fn local(endpoint_url: &str) -> Self {
        let http = HttpClients::new();
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(endpoint_url)
            .region(ANY_REGION)
            .http_client(http.loopback.clone())
            .identity_cache(IdentityCache::no_cache())
            .credentials_provider(SharedCredentialsProvider::new(placeholder()))
            .build();
        let local = RenewedCredentials::local();
        Self {
            sdk,
            http,
            credentials: local.clone(),
            local,
            #[cfg(feature = "s3")]
            s3_endpoint: None,
        }
    }

    /// The region of a queue, as far as it is known.
    pub fn region_of(&self, address: &QueueAddress) -> Option<String> {
        self.region(address).map(|region| region.to_string())
    }

    /// A queue of this connection. Sends no request.
    pub fn queue(&self, address: QueueAddress, timeouts: Timeouts) -> SqsQueue {
        let client = |attempt_timeout| Client::from_conf(self.client(&address, attempt_timeout));
        let (receive, settle) = (client(timeouts.receive), client(timeouts.settle));
        let credentials = self.credentials(&address).clone();
        SqsQueue::new(address, receive, settle, credentials)
    }

    /// A sender to the queue with this URL. Sends no request.
    pub fn sender(&self, url: impl Into<String>) -> Sender {
        let url = url.into();
        let address = QueueAddress::Url(url.clone());
        let client = Client::from_conf(self.client(&address, SEND_TIMEOUT));
        Sender { client, url, credentials: self.credentials(&address).clone() }
    }

    /// A table of DynamoDB by its name or ARN, in the region of the ARN, otherwise in that of this
    /// queue. `AWS_ENDPOINT_URL_DYNAMODB` names another endpoint. Sends no request.
    #[cfg(feature = "dynamodb")]
    pub fn table(&self, name: impl Into<String>, queue: &QueueAddress) -> Table {
        let name = name.into();
        let of_arn = name.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2));
        let region = of_arn.map(|region| Region::new(region.to_owned()));
        let endpoint = std::env::var_os("AWS_ENDPOINT_URL_DYNAMODB");
        let endpoint =
            endpoint.and_then(|url| url.into_string().ok()).filter(|url| !url.is_empty());
        let is_local = endpoint.as_deref().is_some_and(is_loopback);
        let access = Access {
            region: region.or_else(|| self.region(queue)),
            http: if is_local { &self.http.loopback } else { &self.http.public }.clone(),
            credentials: if is_local { self.local.clone() } else { self.of_account() },
            endpoint,
        };
        Table::new(&self.sdk, access, name)
    }

    /// The credentials for AWS itself, also if the queues are on this machine.
    #[cfg(feature = "dynamodb")]
    fn of_account(&self) -> RenewedCredentials {
        let is_local = self.sdk.endpoint_url().is_some_and(is_loopback);
        if is_local { from_aws(&self.sdk, &self.http) } else { self.credentials.clone() }
    }

    /// The payloads of a queue's messages in S3: in the region of the queue, with its credentials.
    /// Sends no request.
    #[cfg(feature = "s3")]
    pub fn payload_store(&self, address: &QueueAddress) -> S3Payloads {
        let endpoint = self.s3_endpoint.as_deref();
        let (http, credentials) = match endpoint.is_some_and(is_loopback) {
            true => (&self.http.loopback, &self.local),
            false => (&self.http.public, &self.credentials),
        };
        let region = self.region(address);
        let (http, credentials) = (http.clone(), credentials.clone());
        S3Payloads::new(&self.sdk, Reach { region, endpoint, http, credentials })
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
            .credentials_provider(self.credentials(address).clone())
            .retry_config(RetryConfig::disabled())
            // The timeout of the attempt also ends a stalled stream.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts);
        if let Some(endpoint) = self.endpoint(address) {
            config = config.endpoint_url(endpoint);
        }
        if self.has_own_endpoint(address) {
            // The SDK refuses them together, and the endpoint says which one is meant.
            config = config.use_fips(false).use_dual_stack(false);
        }
        if self.is_local(address) {
            config = config.http_client(self.http.loopback.clone());
        }
        config.build()
    }

    /// Whether the endpoint is given, and not derived from the region.
    fn has_own_endpoint(&self, address: &QueueAddress) -> bool {
        let in_environment = || std::env::var_os("AWS_ENDPOINT_URL_SQS").is_some();
        self.sdk.endpoint_url().is_some() || self.endpoint(address).is_some() || in_environment()
    }

    /// Whether the queue is on this machine.
    fn is_local(&self, address: &QueueAddress) -> bool {
        let endpoint = self.endpoint(address).or(self.sdk.endpoint_url());
        endpoint.is_some_and(is_loopback)
    }

    fn credentials(&self, address: &QueueAddress) -> &RenewedCredentials {
        if self.is_local(address) { &self.local } else { &self.credentials }
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

/// The endpoint of S3: configured, that of the environment for S3, or that for all services. The
/// one in `aws.endpoint_url` is of SQS.
#[cfg(feature = "s3")]
fn s3_endpoint(config: &AwsConfig, sdk: &SdkConfig) -> Option<String> {
    let in_environment =
        std::env::var_os("AWS_ENDPOINT_URL_S3").and_then(|url| url.into_string().ok());
    let in_environment = in_environment.filter(|url| !url.is_empty());
    let of_all = sdk.endpoint_url().filter(|_| config.endpoint_url.is_none());
    let configured = config.s3_endpoint_url.clone();
    configured.or(in_environment).or_else(|| of_all.map(str::to_owned))
}

/// The credentials of the usual AWS sources.
fn from_aws(sdk: &SdkConfig, http: &HttpClients) -> RenewedCredentials {
    let config = ProviderConfig::default()
        .with_region(sdk.region().cloned())
        .with_use_fips(sdk.use_fips())
        .with_use_dual_stack(sdk.use_dual_stack())
        .with_http_client(http.public.clone());
    RenewedCredentials::from_aws(config, sdk.region().cloned())
}
