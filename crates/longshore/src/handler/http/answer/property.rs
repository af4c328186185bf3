//! Foreign responses: each has a documented verdict, and a delay within the limits of SQS.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::{MAX_RETRY_AFTER, verdict};
use crate::handler::{RejectStatus, Verdict};

/// The last second of the year 9999, the last that a header can have.
const LAST: u64 = 253_402_300_799;

fn status() -> impl Strategy<Value = StatusCode> {
    let number = prop_oneof![
        2 => proptest::strategy::Just(200_u16),
        2 => proptest::strategy::Just(429),
        3 => 500..=599_u16,
        3 => 100..=999_u16,
    ];
    number.prop_map(|number| StatusCode::from_u16(number).expect("100 to 999"))
}

fn time() -> impl Strategy<Value = SystemTime> {
    prop_oneof![0..=LAST, 1_700_000_000..=1_800_000_000_u64]
        .prop_map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds))
}

/// A date, a number of seconds, or one of them with mutations.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let date = || time().prop_map(|time| httpdate::fmt_http_date(time).into_bytes());
    let number = || any::<u64>().prop_map(|number| number.to_string().into_bytes());
    prop_oneof![
        2 => date(),
        2 => "[0-9]{1,40}".prop_map(String::into_bytes),
        2 => "[0-9]{1,5}".prop_map(String::into_bytes),
        2 => foreign_input::bytes(date()).prop_map(|input| input.0),
        2 => foreign_input::bytes(number()).prop_map(|input| input.0),
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let dates = prop_oneof![3 => vec(time().prop_map(|time| httpdate::fmt_http_date(time).into_bytes()), 0..2), 1 => vec(value(), 0..2)];
    (vec(value(), 0..3), dates).prop_map(|(delays, dates)| {
        let mut headers = HeaderMap::new();
        for (name, values) in [(RETRY_AFTER, delays), (DATE, dates)] {
            for value in values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()) {
                headers.append(name.clone(), value);
            }
        }
        headers
    })
}

/// The delay of a header that is a number of any length.
fn number(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = is_number.then(|| text.parse().unwrap_or(u64::MAX))?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

#[test]
fn a_response_has_a_documented_verdict_and_a_delay_within_limits() {
    let (with_delay, without, numbers) = (Cell::new(0), Cell::new(0), Cell::new(0));
    proptest!(|(status in status(), headers in headers(), now in time())| {
        let expects_delay = status == 429 || status.is_server_error();
        let (after, reason) = match verdict(status, &headers, now, &RejectStatus::default()) {
            Verdict::Done => {
                prop_assert_eq!(status, 200);
                return Ok(());
            }
            Verdict::Outage { after, reason } if status.is_server_error() => (after, reason),
            Verdict::Retry { after, reason } if !status.is_server_error() => (after, reason),
            other => panic!("{status} is {other:?}"),
        };
        prop_assert!(status != 200);
        prop_assert!(reason.starts_with(&format!("answered {}", status.as_u16())), "{}", reason);
        prop_assert!(after.is_none_or(|after| expects_delay && after <= MAX_RETRY_AFTER));
        let number = number(&headers).filter(|_| expects_delay);
        if number.is_some() {
            numbers.set(numbers.get() + 1);
            prop_assert_eq!(after, number, "{:?}", headers);
        }
        let count = if after.is_some() { &with_delay } else { &without };
        count.set(count.get() + 1);
    });
    assert!(with_delay.get() > 0 && without.get() > 0 && numbers.get() > 0);
}
