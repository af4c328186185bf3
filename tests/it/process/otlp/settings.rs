//! OpenTelemetry's own variables: heeded, or refused aloud.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::collector::{Collector, Manners};
use super::worker;
use crate::process::app::App;
use crate::support::test_server::TestServer;

/// A worker that handled a message with these variables set, and has ended.
async fn worked_with(environment: &[(&str, &str)]) {
    let server = TestServer::open().await;
    server.send("crate").await;
    let app = App::answering(|_| async { 200 }).await;
    let worker = worker(&server, app.url(), &[], environment);
    app.log().until(1).await;
    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
}

#[tokio::test]
async fn the_last_spans_are_flushed() {
    let collector = Collector::http(Manners::Good).await;
    let hour = ("OTEL_BSP_SCHEDULE_DELAY", "3600000");
    worked_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url), hour]).await;
    assert_eq!(collector.spans_so_far().len(), 3);
}

#[tokio::test]
async fn the_service_name_and_attributes_come_from_the_environment() {
    let collector = Collector::http(Manners::Good).await;
    worked_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
        ("OTEL_SERVICE_NAME", "dock"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
    ])
    .await;
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "dock");
    assert_eq!(resource["deployment.environment.name"], "test");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn the_endpoint_of_a_signal_is_used_unchanged() {
    let collector = Collector::grpc(Manners::Good).await;
    worked_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1/unused"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &collector.url),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ])
    .await;
    assert_eq!(collector.spans_so_far().len(), 3);
}

#[tokio::test]
async fn three_variables_disable_the_export() {
    for off in [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ] {
        let collector = Collector::http(Manners::Good).await;
        worked_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url), off]).await;
        assert_eq!(collector.spans_so_far().len(), 0, "{off:?}");
    }
}

#[tokio::test]
async fn an_impossible_export_is_refused_at_start() {
    for (name, value, expected) in [
        ("OTEL_TRACES_EXPORTER", "zipkin", "otlp or none"),
        ("OTEL_PROPAGATORS", "tracecontext,b3", "\"xray\""),
        ("OTEL_SDK_DISABLED", "perhaps", "true or false"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote", "\"parentbased_traceidratio\""),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "\"http/protobuf\""),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "\"gzip\""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "a URL"),
    ] {
        let server = TestServer::open().await;
        let ended = worker(&server, "http://127.0.0.1:1/", &[], &[(name, value)]).ends().await;
        assert_eq!(ended.code, Some(64), "{name}");
        let said = ended.lines.concat();
        for words in [name, value, expected] {
            assert!(said.contains(words), "{words} is not in {said}");
        }
    }
}

#[tokio::test]
async fn an_unused_variable_is_a_warning() {
    let server = TestServer::open().await;
    let certificate = [("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem")];
    let worker = worker(&server, "http://127.0.0.1:1/", &[], &certificate);
    let line = worker.says("OTEL_EXPORTER_OTLP_CERTIFICATE").await;
    assert!(line.contains("WARN"), "{line}");
}

/// A TLS server on this machine, and the file of the authority that vouches for it.
fn trusted_collector() -> (TlsAcceptor, PathBuf) {
    let names = vec!["localhost".to_owned()];
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(names).unwrap();
    let authority = std::env::temp_dir().join(format!("authority-{}.pem", uuid::Uuid::new_v4()));
    std::fs::write(&authority, cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (TlsAcceptor::from(Arc::new(config)), authority)
}

#[tokio::test]
async fn an_https_endpoint_needs_a_certificate_that_the_system_trusts() {
    for (protocol, known) in
        [("http/protobuf", true), ("grpc", true), ("http/protobuf", false), ("grpc", false)]
    {
        let (acceptor, authority) = trusted_collector();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let (_, another) = trusted_collector();
        let authorities = if known { &authority } else { &another };
        let server = TestServer::open().await;
        server.send("crate").await;
        let app = App::answering(|_| async { 200 }).await;
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
            ("SSL_CERT_FILE", authorities.to_str().unwrap()),
        ];
        let _worker = worker(&server, app.url(), &[], &environment);
        let shake_hands = async {
            let (connection, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(connection).await?;
            // In TLS 1.3 a client that does not trust says so after the handshake.
            stream.read_u8().await
        };
        let shaken = tokio::time::timeout(Duration::from_secs(30), shake_hands).await;
        let shaken = shaken.expect("no client connected");
        assert_eq!(shaken.is_ok(), known, "{protocol}: {shaken:?}");
        std::fs::remove_file(authority).unwrap();
        std::fs::remove_file(another).unwrap();
    }
}

#[tokio::test]
async fn secrets_of_an_endpoint_are_never_shown() {
    let server = TestServer::open().await;
    let endpoint = "http://user:hush@127.0.0.1:1/?key=hush";
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)];
    let worker = worker(&server, "http://127.0.0.1:1/", &["--log-level", "trace"], &environment);
    worker.says("exporting over OTLP").await;
    worker.terminate();
    let lines = worker.ends().await.lines;
    assert!(!lines.iter().any(|line| line.contains("hush")), "{lines:#?}");
}
