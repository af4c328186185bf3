//! How the process reaches SQS: credentials, clock, proxies, endpoints, and what it says about them.

use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::app::App;
use super::longshore::Longshore;
use super::stub_sqs::{StubSqs, error};
use crate::support::test_server::{QUEUE, TestServer, soon};

const HANDLER: [&str; 2] = ["--", "true"];

/// `longshore run` on a queue by its URL, with these variables in its environment.
fn run(queue: &str, environment: &[(&str, &str)]) -> Longshore {
    let own = ["run", "--listen", "127.0.0.1:0", "--set", "defaults.wait=1s"];
    let own = [&own[..], &["--set", "aws.region=us-east-1", "--queue", queue], &HANDLER].concat();
    Longshore::start_in(&own, environment)
}

/// A file with this content, for as long as the test runs.
fn file(name: &str, content: &str) -> String {
    let path = format!("{}/{name}-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::write(&path, content).unwrap();
    path
}

fn credentials(key: &str) -> String {
    format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = secret\n")
}

#[tokio::test]
async fn a_rotated_credentials_file_is_read_again() {
    let stub = StubSqs::refusing(|headers| {
        let signature = headers["authorization"].to_str().unwrap();
        let message = "The security token included in the request is invalid.";
        let refused = || error(403, "InvalidClientTokenId", message, SystemTime::now());
        (!signature.contains("Credential=NEWKEY/")).then(refused)
    })
    .await;
    let path = file("credentials", &credentials("OLDKEY"));
    let worker = run(&stub.queue(), &[("AWS_SHARED_CREDENTIALS_FILE", &path)]);
    worker.says("cannot receive").await;
    std::fs::write(&path, credentials("NEWKEY")).unwrap();
    stub.accepts().await;
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_missing_region_is_named() {
    let arguments = ["run", "--listen", "127.0.0.1:0", "--queue", "orders", "--", "true"];
    // No request is sent, so no test server answers.
    let worker = Longshore::start_in(
        &arguments,
        &[
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ],
    );
    let line = worker.says("cannot receive").await;
    assert!(line.contains("set `aws.region` or AWS_REGION"), "{line}");
}

#[tokio::test]
async fn a_wrong_clock_is_named_and_corrected() {
    let ahead = Duration::from_secs(1200);
    let stub = StubSqs::refusing(move |headers| {
        let now = SystemTime::now() + ahead;
        let signed = headers["x-amz-date"].to_str().unwrap();
        let expected = httpdate::fmt_http_date(now);
        // As in 20261127T165736Z: the hour and the tens of minutes are enough.
        let hour_of = |text: &str| text[text.find(':').unwrap() - 2..][..4].replace(':', "");
        let is_near = signed[9..12] == hour_of(&expected)[..3];
        let message = "Signature expired: x-amz-security-token:SECRETTOKEN is too old";
        (!is_near).then(|| error(400, "RequestExpired", message, now))
    })
    .await;
    let worker = run(&stub.queue(), &[]);
    let line = worker.says("cannot receive").await;
    for words in ["the clock of this machine is 1", "s behind that of SQS", "synchronize the clock"]
    {
        assert!(line.contains(words), "{words} is not in {line}");
    }
    assert!(!line.contains("SECRETTOKEN"), "a secret is in {line}");
    stub.accepts().await;
}

#[tokio::test]
async fn an_answer_that_is_not_from_sqs_is_no_mistake_of_the_configuration() {
    let page = || (StatusCode::OK, "<html>Please sign in</html>").into_response();
    let stub = StubSqs::refusing(move |_| Some(page())).await;
    let worker = run(&stub.queue(), &[]);
    let line = worker.says("receive failed").await;
    assert!(line.contains("the network"), "{line}");
    let scrape = worker.scrape().await;
    let results = |result| [("action", "receive"), ("result", result)];
    assert!(scrape.sum("longshore_api_requests_total", &results("unavailable")) >= 1.0);
    assert_eq!(scrape.sum("longshore_api_requests_total", &results("invalid")), 0.0);
}

#[tokio::test]
async fn a_proxy_is_not_used_for_this_machine() {
    let server = TestServer::open().await;
    server.send("m").await;
    let proxy = "http://127.0.0.1:9";
    let environment = [("HTTP_PROXY", proxy), ("http_proxy", proxy), ("HTTPS_PROXY", proxy)];
    let _worker = run(&server.url, &environment);
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_of_its_own_has_precedence_over_fips_and_dual_stack() {
    let server = TestServer::open().await;
    server.send("m").await;
    let environment = [("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true")];
    let _worker = run(&server.url, &environment);
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
}

#[tokio::test]
async fn a_profile_that_needs_an_account_does_not_affect_a_local_queue() {
    let profiles = "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\ncredential_source = \
                    EcsContainer\n[profile sso]\nsso_start_url = https://example.awsapps.com/start\n\
                    sso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                    [profile process]\ncredential_process = false\n";
    let path = file("profiles", profiles);
    for profile in ["default", "sso", "process"] {
        let server = TestServer::open().await;
        server.send("m").await;
        let environment = [("AWS_CONFIG_FILE", &*path), ("AWS_PROFILE", profile)];
        let _worker = run(&server.url, &environment);
        let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
        soon(empty).await.unwrap_or_else(|| panic!("{profile}"));
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_credential_process_provides_the_credentials() {
    let stub = StubSqs::refusing(|headers| {
        let signature = headers["authorization"].to_str().unwrap();
        let refused = || error(403, "InvalidClientTokenId", "no", SystemTime::now());
        (!signature.contains("Credential=FROMPROCESS/")).then(refused)
    })
    .await;
    let answer = r#"{"Version": 1, "AccessKeyId": "FROMPROCESS", "SecretAccessKey": "s"}"#;
    let answer = file("answer", answer);
    let path = file("process", &format!("[default]\ncredential_process = cat {answer}\n"));
    let _worker = run(&stub.queue(), &[("AWS_CONFIG_FILE", &path)]);
    stub.accepts().await;
    std::fs::remove_file(path).unwrap();
    std::fs::remove_file(answer).unwrap();
}

#[tokio::test]
async fn the_soft_limit_of_file_descriptors_is_raised() {
    let server = TestServer::open().await;
    server.send_many(150).await;
    let app = App::taking(Duration::from_millis(300)).await;
    let script = "ulimit -Sn 64 && exec \"$0\" \"$@\"";
    let own = ["run", "--listen", "127.0.0.1:0", "--set", "defaults.concurrency=150"];
    let own = [&own[..], &["--queue", &server.url, "--http", app.url()]].concat();
    let worker = Longshore::start_by("sh", &["-c", script], &own);
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    let shortage = [("kind", "shortage")];
    assert_eq!(worker.scrape().await.sum("longshore_handler_errors_total", &shortage), 0.0);
}

#[tokio::test]
async fn two_queues_of_one_name_have_labels_of_their_own() {
    let (here, there) = (TestServer::open().await, TestServer::open().await);
    here.send("m").await;
    there.send("m").await;
    let queue = |label: &str, url: &str| {
        format!(
            "[[queue]]\nurl = \"{url}\"\nlabel = \"{label}\"\nhandler = {{ command = [\"true\"] }}\n"
        )
    };
    let text = queue("orders-here", &here.url) + &queue("orders-there", &there.url);
    let path = file("labels.toml", &text);
    let worker = Longshore::start(&["run", "--config", &path, "--listen", "127.0.0.1:0"]);
    for (server, label) in [(&here, "orders-here"), (&there, "orders-there")] {
        let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
        soon(empty).await.unwrap();
        worker
            .shows("longshore_messages_total", &[("queue", label), ("result", "deleted")], 1.0)
            .await;
        let named = [("queue", label), ("name", QUEUE), ("region", "us-east-1")];
        worker.shows("longshore_queue_info", &named, 1.0).await;
    }
    std::fs::remove_file(path).unwrap();
    let twice = queue("orders", &here.url) + &queue("orders", &there.url);
    let path = file("twice.toml", &twice);
    let refused = Longshore::start(&["run", "--config", &path]).ends_unread().await;
    assert_eq!(refused, Some(64));
    std::fs::remove_file(path).unwrap();
}
