//! Payloads in Amazon S3, or in a server with its protocol, through the AWS SDK.

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, SharedHttpClient};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::payload::{PayloadError, PayloadFailure, PayloadObject, PayloadStore};
use super::sqs::RenewedCredentials;
use crate::format::error_chain;
use crate::trace;

/// The time until an answer begins. Its body has another limit, because payloads differ in size.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers after which the credentials are read again.
const ABOUT_CREDENTIALS: [&str; 4] =
    ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "TokenRefreshRequired"];

/// The payloads of one queue in S3.
#[derive(Debug)]
pub struct S3Payloads {
    client: Client,
    credentials: RenewedCredentials,
}

/// How S3 is reached.
pub(super) struct Reach<'a> {
    pub(super) region: Option<Region>,
    /// Another server than that of the region.
    pub(super) endpoint: Option<&'a str>,
    pub(super) http: SharedHttpClient,
    pub(super) credentials: RenewedCredentials,
}

impl S3Payloads {
    pub(super) fn new(sdk: &SdkConfig, reach: Reach<'_>) -> Self {
        let Reach { region, endpoint, http, credentials } = reach;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_attempt_timeout(ANSWER_TIMEOUT)
            .build();
        let mut config = Builder::from(sdk)
            .region(region)
            .credentials_provider(credentials.clone())
            .http_client(http)
            // The worker repeats what fails, and shows it.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        // The endpoint of `sdk` is that of SQS.
        config.set_endpoint_url(endpoint.map(str::to_owned));
        if endpoint.is_some() {
            // Another server has no host name for each bucket.
            config = config.force_path_style(true).use_fips(false).use_dual_stack(false);
        }
        Self { client: Client::from_conf(config.build()), credentials }
    }

    async fn read(&self, object: &PayloadObject, limit: usize) -> Result<Vec<u8>, PayloadError> {
        let request = self.client.get_object().bucket(&object.bucket).key(&object.key);
        let answer = request.send().await.map_err(|error| self.failure(&error))?;
        trace::record_request_id(answer.request_id());
        let length = answer.content_length().and_then(|length| usize::try_from(length).ok());
        let too_large = |bytes: usize| {
            let why = format!("it has {bytes} bytes or more, and payloads.max_mib allows {limit}");
            PayloadError::new(PayloadFailure::TooLarge, why)
        };
        if let Some(length) = length.filter(|length| *length > limit) {
            return Err(too_large(length));
        }
        let (mut body, mut bytes) = (answer.body, Vec::with_capacity(length.unwrap_or_default()));
        while let Some(part) = body.next().await {
            let part = part.map_err(|error| {
                PayloadError::new(PayloadFailure::Unavailable, error_chain(&error))
            })?;
            if bytes.len() + part.len() > limit {
                return Err(too_large(bytes.len() + part.len()));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }

    async fn delete(&self, object: &PayloadObject) -> Result<(), PayloadError> {
        let request = self.client.delete_object().bucket(&object.bucket).key(&object.key);
        let answer = request.send().await.map_err(|error| self.failure(&error))?;
        trace::record_request_id(answer.request_id());
        Ok(())
    }

    fn failure<E>(&self, error: &SdkError<E, HttpResponse>) -> PayloadError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        trace::record_request_id(error.request_id());
        let Some(answer) = error.raw_response() else {
            return PayloadError::new(PayloadFailure::Unavailable, error_chain(error));
        };
        let (status, code) = (answer.status().as_u16(), error.code().unwrap_or_default());
        if ABOUT_CREDENTIALS.contains(&code) {
            self.credentials.refused();
        }
        let text = match answer.headers().get("x-amz-bucket-region").filter(|_| status == 301) {
            Some(region) => format!(
                "the bucket is in {region}, and payloads are read in the region of their queue"
            ),
            None => format!(
                "S3 answered {status} {code}: {}",
                error.message().unwrap_or("without a message")
            ),
        };
        PayloadError::new(failure_of(status, code), text)
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn failure_of(status: u16, code: &str) -> PayloadFailure {
    match (status, code) {
        (404, "NoSuchBucket") => PayloadFailure::Refused,
        // The last two are about objects that are archived and about keys that no object can have.
        (404, _) | (_, "InvalidObjectState" | "KeyTooLongError") => PayloadFailure::Missing,
        (408 | 429 | 500.., _) | (_, "RequestTimeout") => PayloadFailure::Unavailable,
        _ if code.contains("Throttl") => PayloadFailure::Unavailable,
        _ => PayloadFailure::Refused,
    }
}

impl PayloadStore for S3Payloads {
    fn read<'a>(
        &'a self,
        object: &'a PayloadObject,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, PayloadError>> {
        self.read(object, limit).boxed()
    }

    fn delete<'a>(&'a self, object: &'a PayloadObject) -> BoxFuture<'a, Result<(), PayloadError>> {
        self.delete(object).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_s3_say_whether_the_object_or_the_store_is_at_fault() {
        use PayloadFailure::{Missing, Refused, Unavailable};
        for (status, code, expected) in [
            (404, "NoSuchKey", Missing),
            (404, "NoSuchBucket", Refused),
            (403, "InvalidObjectState", Missing),
            (400, "KeyTooLongError", Missing),
            (403, "AccessDenied", Refused),
            (301, "PermanentRedirect", Refused),
            (400, "ExpiredToken", Refused),
            (400, "KMS.DisabledException", Refused),
            (400, "RequestTimeout", Unavailable),
            (400, "ThrottlingException", Unavailable),
            (500, "InternalError", Unavailable),
            (503, "SlowDown", Unavailable),
        ] {
            assert_eq!(failure_of(status, code), expected, "{status} {code}");
        }
    }
}
