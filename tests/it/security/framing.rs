//! Where a request ends: lengths that contradict each other, chunks, and requests in advance.

use super::raw::{Raw, statuses};
use super::{admin, assert_both_answer, local};

/// A second request, hidden in what one of two readings takes for the body of the first.
const HIDDEN: &str = "GET /livez HTTP/1.1\r\nhost: hidden\r\n\r\n";

/// The length in chunks counts. The connection ends with the response, because a proxy can have used the
/// other length. <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>
#[tokio::test]
async fn a_request_with_two_lengths_is_the_last_of_its_connection() {
    let (admin, local) = (admin(), local().await);
    let chunked = format!("0\r\n\r\n{HIDDEN}");
    let length = format!("content-length: {}\r\n", chunked.len());
    let te = "transfer-encoding: chunked\r\n";
    for headers in [format!("{length}{te}"), format!("{te}{length}"), te.to_owned()] {
        for method in ["GET", "POST"] {
            let request = format!("{method} / HTTP/1.1\r\nhost: x\r\n{headers}\r\n{chunked}");
            for address in [admin.address(), local.address()] {
                let answer = Raw::ask(address, &request).await;
                assert_eq!(statuses(&answer).len(), 1, "{headers:?}: {answer}");
                assert!(!answer.contains("alive"), "{answer}");
            }
        }
    }
    assert_both_answer(&admin, &local).await;
}

#[tokio::test]
async fn a_request_with_an_invalid_length_is_refused() {
    let (admin, local) = (admin(), local().await);
    let chunked = format!("0\r\n\r\n{HIDDEN}");
    let length = chunked.len();
    for headers in [
        format!("content-length: {length}\r\ncontent-length: 5\r\n"),
        format!("content-length: {length}, 5\r\n"),
        "content-length: +5\r\n".to_owned(),
        "content-length: 0x5\r\n".to_owned(),
        "content-length: -5\r\n".to_owned(),
        "content-length: 99999999999999999999999\r\n".to_owned(),
        "transfer-encoding: identity\r\n".to_owned(),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
        "transfer-encoding: xchunked\r\n".to_owned(),
        "transfer-encoding : chunked\r\n".to_owned(),
        "transfer-encoding:\r\n chunked\r\n".to_owned(),
    ] {
        for method in ["GET", "POST"] {
            let request = format!("{method} / HTTP/1.1\r\nhost: x\r\n{headers}\r\n{chunked}");
            for address in [admin.address(), local.address()] {
                let answer = Raw::ask(address, &request).await;
                assert_eq!(statuses(&answer), [400], "{headers:?}: {answer}");
            }
        }
    }
    assert_both_answer(&admin, &local).await;
}

#[tokio::test]
async fn chunks_that_are_invalid_or_endless_end_the_connection() {
    let local = local().await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.ListQueues\r\n\
                transfer-encoding: chunked\r\n\r\n";
    for chunks in [
        "zz\r\n{}\r\n0\r\n\r\n".to_owned(),
        "ffffffffffffffffff\r\n{}".to_owned(),
        "-2\r\n{}\r\n0\r\n\r\n".to_owned(),
        format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(64 * 1024)),
        format!("2\r\n{{}}\r\n0\r\n{}\r\n", "x: y\r\n".repeat(20_000)),
    ] {
        let answer = Raw::ask(local.address(), format!("{head}{chunks}")).await;
        let statuses = statuses(&answer);
        let is_refused = statuses.iter().all(|status| *status >= 400) && statuses.len() <= 1;
        assert!(is_refused, "{statuses:?} {answer}");
    }
    // Bytes that are not HTTP.
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\0\0\0\0\r\n\r\n"] {
        let answer = Raw::ask(local.address(), bytes).await;
        assert_eq!(statuses(&answer), [400], "{answer}");
    }
}

#[tokio::test]
async fn requests_in_advance_are_answered_in_their_order() {
    let admin = admin();
    let get = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\n{more}\r\n");
    let three = get("/livez", "") + &get("/none", "") + &get("/readyz", "connection: close\r\n");
    let answer = Raw::ask(admin.address(), three).await;
    assert_eq!(statuses(&answer), [200, 404, 503], "{answer}");
    assert!(answer.find("alive").unwrap() < answer.find("not ready").unwrap());
    // Nothing after the request that closes the connection is answered.
    let last = get("/livez", "connection: close\r\n") + &get("/none", "");
    assert_eq!(statuses(&Raw::ask(admin.address(), last).await), [200]);
}
