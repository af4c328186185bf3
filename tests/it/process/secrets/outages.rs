//! Workers that cannot reach SQS, their application, their collector or their credentials.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::SystemTime;

use tokio::net::{TcpListener, TcpSocket};

use super::{
    CREDENTIALS, FORMATS, assert_no_secret_in_lines, assert_no_secret_on_pages, with_user,
};
use crate::process::longshore::Longshore;
use crate::process::stub_sqs::{StubSqs, error};
use crate::support::test_server::{QUEUE, TestServer};

const HANDLER: [&str; 2] = ["--", "true"];

/// A port where no process listens, because this socket has it and does not listen.
struct Closed(TcpSocket);

impl Closed {
    fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self(socket)
    }

    /// Its URL, with a user and a password.
    fn url(&self, scheme: &str) -> String {
        with_user(scheme, &self.0.local_addr().unwrap().to_string())
    }
}

/// A worker at level TRACE with these arguments. It runs until it has logged these words.
async fn fails_with(words: &str, arguments: &[&str], environment: &[(&str, &str)]) {
    for format in FORMATS {
        let own = ["run", "--listen", "127.0.0.1:0", "--log-level", "trace"];
        let quick = ["--log-format", format, "--set", "defaults.wait=1s"];
        let arguments = [&own[..], &quick, arguments].concat();
        let worker = Longshore::start_in(&arguments, environment);
        worker.says(words).await;
        assert_no_secret_on_pages(&worker).await;
        worker.terminate();
        assert_no_secret_in_lines(&worker.ends().await);
    }
}

#[tokio::test]
async fn when_sqs_is_unreachable() {
    let closed = Closed::new();
    for scheme in ["http", "https"] {
        let endpoint = closed.url(scheme);
        let queue = format!("{endpoint}/000000000000/orders");
        let by_url = [&["--queue", &*queue][..], &HANDLER].concat();
        fails_with("receive failed", &by_url, &CREDENTIALS).await;
        let by_name = ["--endpoint-url", &endpoint, "--queue", QUEUE];
        let by_name = [&by_name[..], &HANDLER].concat();
        fails_with("receive failed", &by_name, &CREDENTIALS).await;
    }
}

#[tokio::test]
async fn when_the_application_is_unreachable() {
    let server = TestServer::open().await;
    let closed = Closed::new();
    for scheme in ["http", "https"] {
        let handler = closed.url(scheme) + "/hush-path?key=hush-key";
        let arguments = ["--queue", &server.url, "--http", &handler];
        fails_with("circuit breaker is open", &arguments, &CREDENTIALS).await;
    }
}

#[tokio::test]
async fn when_the_collector_is_unreachable() {
    let server = TestServer::open().await;
    let closed = Closed::new();
    for protocol in ["http/protobuf", "grpc"] {
        let collector = closed.url("http") + "/?key=hush-key";
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "api-key=hush-metrics-header"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
        ];
        let environment = [&CREDENTIALS[..], &environment].concat();
        let arguments = [&["--queue", &*server.url][..], &HANDLER].concat();
        fails_with("OTLP export failed", &arguments, &environment).await;
    }
}

#[tokio::test]
async fn when_sqs_repeats_the_signature_in_its_error() {
    let stub = StubSqs::refusing(|headers| {
        let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
        let message = format!(
            "The canonical string should have been\n'POST\nauthorization:{}\nx-amz-security-token:{}\n'",
            text("authorization"),
            text("x-amz-security-token")
        );
        Some(error(403, "SignatureDoesNotMatch", &message, SystemTime::now()))
    })
    .await;
    let queue = stub.queue();
    let arguments = ["--set", "aws.region=eu-west-1", "--queue", &queue];
    let arguments = [&arguments[..], &HANDLER].concat();
    fails_with("SignatureDoesNotMatch", &arguments, &CREDENTIALS).await;
}

/// A new file with this content.
fn file(name: &str, content: &str) -> String {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = (std::process::id(), FILES.fetch_add(1, SeqCst));
    let path = format!("{}/{name}-{}-{}", env!("CARGO_TARGET_TMPDIR"), number.0, number.1);
    std::fs::write(&path, content).unwrap();
    path
}

/// A worker whose queue is not on this machine, so it needs credentials, with this profile.
async fn fails_with_profile(words: &str, profile: &str, environment: &[(&str, &str)]) {
    let profile = file("secrets-profile", profile);
    let own = [
        ("AWS_CONFIG_FILE", &*profile),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_REGION", "eu-west-1"),
        ("NO_PROXY", "*"),
    ];
    let queue = "http://queue.invalid/000000000000/orders";
    let arguments = [&["--queue", queue][..], &HANDLER].concat();
    fails_with(words, &arguments, &[&own[..], environment].concat()).await;
    std::fs::remove_file(profile).unwrap();
}

#[tokio::test]
async fn when_a_process_that_provides_credentials_fails() {
    for process in [
        r#"printf {\"Version\":1,\"SecretAccessKey\":\"hush-key\",,"#,
        r#"printf {\"Version\":1,\"SecretAccessKey\":\"hush-key\"}"#,
        r#"printf {\"Version\":7,\"SecretAccessKey\":\"hush-key\"}"#,
        r#"sh -c "echo SecretAccessKey=hush-output; echo token=hush-error >&2; exit 1""#,
    ] {
        let profile = format!("[default]\ncredential_process = {process}\n");
        fails_with_profile("cannot receive", &profile, &[]).await;
    }
}

#[tokio::test]
async fn when_the_answer_of_sts_is_broken() {
    let answer = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
                  <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
                  <SecretAccessKey>hush-secret</SecretAccessKey>\
                  <SessionToken>hush-session</SessionToken><Expiration>broken";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sts = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(move || std::future::ready(answer));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let identity = file("secrets-identity", "hush-identity");
    let environment = [
        ("AWS_ENDPOINT_URL_STS", &*sts),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &identity),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/worker"),
    ];
    // The SDK logs the whole answer.
    fails_with_profile("dependency logged a warning", "[default]\n", &environment).await;
    std::fs::remove_file(identity).unwrap();
    serving.abort();
}
