//! How SQS and S3 are reached.

use super::address::is_http_url;
use super::violation::{InvalidConfig, Violation, Violations};

/// Region and endpoint of SQS. What is not set comes from the usual AWS sources: environment,
/// profile, container or instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsConfig {
    /// The region, such as `us-east-1`. Default: the usual AWS sources.
    pub region: Option<String>,
    /// The URL of another endpoint: a local queue server or a VPC endpoint. Default: the AWS
    /// endpoint of the region.
    pub endpoint_url: Option<String>,
    /// The URL of another endpoint of S3, for payloads. Default: `AWS_ENDPOINT_URL_S3`, otherwise
    /// the AWS endpoint of the region.
    pub s3_endpoint_url: Option<String>,
}

impl AwsConfig {
    /// Sets the region.
    #[must_use]
    pub fn region(self, region: impl Into<String>) -> Self {
        Self { region: Some(region.into()), ..self }
    }

    /// Sets the URL of the endpoint.
    #[must_use]
    pub fn endpoint_url(self, url: impl Into<String>) -> Self {
        Self { endpoint_url: Some(url.into()), ..self }
    }

    /// Sets the URL of the endpoint of S3.
    #[must_use]
    pub fn s3_endpoint_url(self, url: impl Into<String>) -> Self {
        Self { s3_endpoint_url: Some(url.into()), ..self }
    }

    /// The rules that these values break.
    pub fn violations(&self) -> Vec<Violation> {
        self.judge().into_vec()
    }

    pub(crate) fn check(&self) -> Result<(), InvalidConfig> {
        self.judge().check("the AWS connection")
    }

    fn judge(&self) -> Violations {
        let mut violations = Violations::default();
        if let Some(url) = &self.endpoint_url {
            let expected = "a URL, as in \"http://127.0.0.1:9324\"";
            violations.require(is_http_url(url), &[("endpoint_url", url)], expected);
        }
        if let Some(url) = &self.s3_endpoint_url {
            let expected = "a URL, as in \"http://127.0.0.1:9000\"";
            violations.require(is_http_url(url), &[("s3_endpoint_url", url)], expected);
        }
        if let Some(region) = &self.region {
            let expected = "a region, as in \"us-east-1\"";
            violations.require(!region.trim().is_empty(), &[("region", region)], expected);
        }
        violations
    }
}
