//! Foreign errors: each has a kind, and a text of bounded length in one line.

use std::cell::Cell;
use std::io;

use foreign_input::{hostile_text, text};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::{FailureKind, QueueError};

const CODES: &[&str] = &[
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "RequestThrottled",
    "OverLimit",
    "AccessDeniedException",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "KMS.DisabledException",
    "KmsAccessDenied",
    "InternalFailure",
    "ServiceUnavailable",
    "InvalidAddress",
    "",
];

/// Those with a meaning, and those next to a limit.
const STATUSES: &[u16] = &[200, 301, 399, 400, 403, 404, 408, 413, 429, 499, 500, 503];

fn code() -> impl Strategy<Value = String> {
    let known = || select(CODES).prop_map(str::to_owned);
    prop_oneof![2 => known(), 1 => text(known())]
}

#[test]
fn every_error_of_a_server_has_a_kind_and_advice() {
    let (fatal, passing) = (Cell::new(0), Cell::new(0));
    proptest!(|(status in prop_oneof![select(STATUSES), any::<u16>()], code in code())| {
        let kind = FailureKind::from_answer(status, &code);
        prop_assert!(!kind.advice().is_empty());
        if !(400..500).contains(&status) {
            prop_assert!(kind != FailureKind::Invalid, "{} of no client", status);
        }
        let throttled = status == 429 || code.contains("Throttl");
        prop_assert!(!throttled || kind == FailureKind::Throttled);
        let count = if kind.is_fatal() { &fatal } else { &passing };
        count.set(count.get() + 1);
    });
    assert!(fatal.get() > 0 && passing.get() > 0);
}

#[test]
fn the_text_of_an_error_is_one_bounded_line() {
    let message = prop_oneof![1 => "[ -~]{0,80}", 2 => text("[ -~]{0,2000}"), 1 => hostile_text()];
    let (short, cut) = (Cell::new(0), Cell::new(0));
    proptest!(|(code in code(), message in message, id in hostile_text())| {
        let error = QueueError::new("ReceiveMessage", FailureKind::Invalid).with_code(code);
        let mut error = error.with_source(io::Error::other(message));
        let summary = error.summary();
        prop_assert!(summary.chars().count() <= 501);
        prop_assert!(!summary.contains(char::is_control), "{:?}", summary);
        prop_assert_eq!(error.chain(), summary.clone());
        error.request_id = Some(id);
        prop_assert!(error.chain().starts_with(&summary));
        let count = if summary.ends_with('…') { &cut } else { &short };
        count.set(count.get() + 1);
    });
    assert!(short.get() > 0 && cut.get() > 0);
}
