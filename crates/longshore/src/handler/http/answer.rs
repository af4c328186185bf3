//! The verdict of a request: by its response, or by its failure.

#[cfg(test)]
mod property;

use std::error::Error;
use std::iter::successors;
use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};

use super::RejectStatus;
use crate::handler::{Verdict, shortage};

/// How much of a response is read, so that its connection can be used again.
const MAX_DISCARD_BYTES: usize = 64 * 1024;

/// The longest visibility timeout of SQS.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const MAX_RETRY_AFTER: Duration = Duration::from_secs(12 * 60 * 60);

/// How a request ended.
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    /// The server refused the headers for their size.
    pub(super) headers_too_large: bool,
}

/// Sends the request. Dropping the future closes the connection.
pub(super) async fn answer_to(request: RequestBuilder, reject: &RejectStatus) -> Answer {
    let mut headers_too_large = false;
    let verdict = match exchange(request).await {
        Ok((status, headers)) => {
            headers_too_large = status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            verdict(status, &headers, SystemTime::now(), reject)
        }
        Err(error) => failure(error),
    };
    Answer { verdict, headers_too_large }
}

/// The verdict of a request without a complete response.
pub(super) fn failure(error: reqwest::Error) -> Verdict {
    match error {
        error if is_shortage(&error) => Verdict::shortage(describe(error)),
        error if error.is_connect() => Verdict::unavailable(describe(error)),
        // The connection broke before the response was complete: the application may have ended.
        error => Verdict::outage(describe(error)),
    }
}

async fn exchange(request: RequestBuilder) -> reqwest::Result<(StatusCode, HeaderMap)> {
    let mut response = request.send().await?;
    let head = (response.status(), std::mem::take(response.headers_mut()));
    discard(response).await?;
    Ok(head)
}

/// Reads a response to its end, because a server can fail after its status line and before its work
/// is done. Stops after 64 KiB.
async fn discard(mut response: Response) -> reqwest::Result<()> {
    let mut read = 0;
    while let Some(chunk) = response.chunk().await? {
        read += chunk.len();
        if read > MAX_DISCARD_BYTES {
            break;
        }
    }
    Ok(())
}

pub(super) fn verdict(
    status: StatusCode,
    headers: &HeaderMap,
    now: SystemTime,
    reject: &RejectStatus,
) -> Verdict {
    let reason = format!("answered {}", status.as_u16());
    match status {
        StatusCode::OK => Verdict::Done,
        StatusCode::TOO_MANY_REQUESTS => {
            Verdict::Retry { after: retry_after(headers, now), reason }
        }
        other if other.is_server_error() => {
            Verdict::Outage { after: retry_after(headers, now), reason }
        }
        other if other.is_success() || other.is_redirection() => {
            Verdict::retry(format!("{reason}; only 200 deletes"))
        }
        other if reject.contains(other.as_u16()) => Verdict::reject(reason),
        _ => Verdict::retry(reason),
    }
}

/// Whether this machine lacks a resource for the connection.
fn is_shortage(error: &reqwest::Error) -> bool {
    let causes = successors(Some(error as &dyn Error), |&error| error.source());
    causes.filter_map(|cause| cause.downcast_ref()).any(shortage::is_shortage)
}

/// `Retry-After` as seconds or as a date; `None` if it is neither. A date is compared with the
/// `Date` of the response, because the clocks of two machines differ.
/// <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for 64 bits is more than the limit too.
        text.parse().map_or(MAX_RETRY_AFTER, Duration::from_secs)
    } else {
        let sent = headers.get(DATE).and_then(|date| date.to_str().ok());
        let sent = sent.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
        httpdate::parse_http_date(text).ok()?.duration_since(sent).unwrap_or_default()
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// An error with its causes, without the URL, because that can contain a secret.
pub(super) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = successors(Some(&error as &dyn Error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn asked(retry_after: &str) -> Option<Duration> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, retry_after.parse().unwrap())]);
        let now = UNIX_EPOCH + Duration::from_secs(1_763_922_300); // Sun, 23 Nov 2025 18:25:00 GMT
        match verdict(StatusCode::SERVICE_UNAVAILABLE, &headers, now, &RejectStatus::default()) {
            Verdict::Retry { after, .. } | Verdict::Outage { after, .. } => after,
            other => panic!("not a retry: {other:?}"),
        }
    }

    #[test]
    fn a_server_names_its_delay_in_seconds_or_as_a_date() {
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Sun, 23 Nov 2025 18:27:00 GMT"), Some(Duration::from_secs(120)));
    }

    #[test]
    fn a_delay_is_never_longer_than_sqs_allows() {
        assert_eq!(asked("43201"), Some(MAX_RETRY_AFTER));
        assert_eq!(asked("18446744073709551616"), Some(MAX_RETRY_AFTER));
        assert_eq!(asked("Sun, 23 Nov 2036 18:27:00 GMT"), Some(MAX_RETRY_AFTER));
    }

    #[test]
    fn a_date_that_has_passed_asks_for_no_delay() {
        assert_eq!(asked("Sun, 23 Nov 2025 18:24:59 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn a_delay_that_is_none_leaves_the_back_off_to_the_queue() {
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-5"), None);
    }

    #[test]
    fn only_an_overloaded_or_failing_server_is_asked_when_to_come_again() {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, "120".parse().unwrap())]);
        let after = Some(Duration::from_secs(120));
        let answered = |status| verdict(status, &headers, UNIX_EPOCH, &RejectStatus::default());
        let failing = answered(StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(failing, Verdict::Outage { after, reason: "answered 500".to_owned() });
        let refusing = answered(StatusCode::BAD_REQUEST);
        assert_eq!(refusing, Verdict::retry("answered 400"));
    }
}
