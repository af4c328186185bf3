//! Large requests.

use super::raw::{Raw, statuses};
use super::{admin, assert_both_answer, local};

#[tokio::test]
async fn a_large_request_line_and_many_headers_are_refused() {
    let (admin, local) = (admin(), local().await);
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(64 * 1024));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200));
    for address in [admin.address(), local.address()] {
        let answer = Raw::ask(address, &long).await;
        assert!(matches!(statuses(&answer)[..], [414 | 431]), "{answer}");
        let answer = Raw::ask(address, &many).await;
        assert_eq!(statuses(&answer), [431], "{answer}");
    }
    assert_both_answer(&admin, &local).await;
}

/// The admin endpoint needs no body, so it answers before it has one, and does not read it.
#[tokio::test]
async fn the_admin_endpoint_reads_no_body() {
    let admin = admin();
    for length in ["content-length: 1000000000000", "transfer-encoding: chunked"] {
        for method in ["GET", "POST"] {
            let head = format!("{method} /metrics HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\n");
            let mut client = Raw::connect(admin.address(), head).await;
            // 64 MiB are more than the sockets between hold.
            let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
            let mut sent = 0;
            while sent < 64 && client.send(chunk.as_bytes()).await {
                sent += 1;
            }
            assert!(sent < 64, "{method} {length}: the endpoint reads the body");
        }
    }
}

#[tokio::test]
async fn the_local_queue_refuses_a_body_that_is_too_large() {
    let local = local().await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSQS.SendMessage\r\n";
    let lengths = ["content-length: 1000000000000", "transfer-encoding: chunked"];
    for length in lengths {
        let mut client = Raw::connect(local.address(), format!("{head}{length}\r\n\r\n")).await;
        let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
        let mut sent = 0;
        while sent < 64 && client.send(chunk.as_bytes()).await {
            sent += 1;
        }
        assert!(sent < 64, "{length}: the server reads the body");
    }
    let small = format!("{head}content-length: 2\r\nconnection: close\r\n\r\n{{}}");
    assert_eq!(statuses(&Raw::ask(local.address(), small).await), [400]);
}
