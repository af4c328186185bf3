//! Credentials, region and endpoints of SQS and CloudWatch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::Credentials;
use longshore::format::masked;
use longshore::queue::is_loopback;

use super::error::AccountError;

/// A throttled request is sent again this many times, with the back-off of the SDK.
const ATTEMPTS: u32 = 10;

/// The longest wait before the next attempt.
const LONGEST_BACKOFF: Duration = Duration::from_secs(4);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Where the account is.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The region. Otherwise that of the environment or the profile.
    pub region: Option<String>,
    /// The endpoint of SQS. Otherwise that of the environment, or that of AWS.
    pub endpoint_url: Option<String>,
}

/// The clients of an audit.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    pub(super) sqs: aws_sdk_sqs::Client,
    /// `None` if SQS is on this machine, and CloudWatch is not.
    pub(super) cloudwatch: Option<aws_sdk_cloudwatch::Client>,
    region: String,
    /// The endpoint of SQS, if it is not that of AWS.
    endpoint: Option<String>,
    sqs_requests: Arc<AtomicU64>,
}

impl Connection {
    /// Loads region and credentials as the AWS tools do. Sends no request to SQS.
    pub(super) async fn open(access: &Access) -> Result<Self, AccountError> {
        let sqs_endpoint = access.endpoint_url.clone().or_else(|| endpoint_of("SQS"));
        let is_local = sqs_endpoint.as_deref().is_some_and(is_loopback);
        let retries =
            RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_BACKOFF);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(retries)
            .timeout_config(timeouts)
            .region(region(access, is_local));
        if is_local {
            // Requests to a server on this machine need no account, and must not carry its keys.
            let placeholder = Credentials::new("longshore", "longshore", None, None, "local");
            loader = loader.credentials_provider(placeholder);
        }
        let sdk = loader.load().await;
        let region = sdk.region().ok_or(AccountError::NoRegion)?.to_string();
        let sqs_requests = Arc::new(AtomicU64::new(0));
        let mut sqs = aws_sdk_sqs::config::Builder::from(&sdk);
        let endpoint = sqs_endpoint.or_else(|| sdk.endpoint_url().map(str::to_owned));
        sqs.set_endpoint_url(endpoint.clone());
        Ok(Self {
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            cloudwatch: cloudwatch(&sdk, is_local),
            region,
            endpoint,
            sqs_requests,
        })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// The region, and the endpoint if it is not that of AWS.
    pub(super) fn place(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{} at {}", self.region, masked(endpoint)),
            None => self.region.clone(),
        }
    }

    /// Counts a request to SQS. Retries of the SDK are not among them.
    pub(super) fn count_request(&self) {
        self.sqs_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn sqs_requests(&self) -> u64 {
        self.sqs_requests.load(Ordering::Relaxed)
    }
}

/// Like the AWS tools. For a server on this machine, no instance is asked, and any region will do.
fn region(access: &Access, is_local: bool) -> RegionProviderChain {
    let given = RegionProviderChain::first_try(access.region.clone().map(Region::new));
    if !is_local {
        return given.or_default_provider();
    }
    let configured = given.or_else(EnvironmentVariableRegionProvider::new());
    configured.or_else(ProfileFileRegionProvider::new()).or_else(Region::from_static("us-east-1"))
}

/// The metrics of a queue on this machine are not in the CloudWatch of AWS.
fn cloudwatch(sdk: &SdkConfig, sqs_is_local: bool) -> Option<aws_sdk_cloudwatch::Client> {
    let endpoint = endpoint_of("CLOUDWATCH").or_else(|| sdk.endpoint_url().map(str::to_owned));
    if sqs_is_local && !endpoint.as_deref().is_some_and(is_loopback) {
        return None;
    }
    let mut config = aws_sdk_cloudwatch::config::Builder::from(sdk);
    config.set_endpoint_url(endpoint);
    Some(aws_sdk_cloudwatch::Client::from_conf(config.build()))
}

fn endpoint_of(service: &str) -> Option<String> {
    [format!("AWS_ENDPOINT_URL_{service}"), "AWS_ENDPOINT_URL".to_owned()]
        .iter()
        .find_map(|name| std::env::var_os(name)?.into_string().ok().filter(|url| !url.is_empty()))
}
