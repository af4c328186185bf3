//! The admin endpoint's last moments.

use std::future::pending;
use std::time::Duration;

use longshore::admin::{AdminServer, LastScrape};
use longshore::health::Health;
use longshore::telemetry::Metrics;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::config;

/// Metrics whose text is more than the sockets between hold.
fn many_series() -> Metrics {
    let metrics = Metrics::new();
    for n in 0..400 {
        metrics.register(&config(&format!("queue-{n}")).build().unwrap());
    }
    metrics
}

#[tokio::test]
async fn an_open_scrape_is_answered_before_the_endpoint_stops() {
    let address = "127.0.0.1:0".parse().unwrap();
    let admin = AdminServer::start(address, many_series(), Health::default()).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = socket.connect(admin.address()).await.unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 1024];
    client.read_exact(&mut answer).await.unwrap();
    let stopping = tokio::task::spawn_blocking(|| admin.stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.read_to_end(&mut answer).await.unwrap();
    stopping.await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert_eq!(body.len(), length.parse::<usize>().unwrap());
}

/// Asks for the metrics as Prometheus does, and reads this number of bytes of the answer.
async fn scrape(admin: &AdminServer, method: &str, bytes: usize) {
    let mut client = TcpStream::connect(admin.address()).await.unwrap();
    let request =
        format!("{method} /metrics HTTP/1.1\r\nhost: x\r\nuser-agent: Prometheus/2\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    client.read_exact(&mut vec![0; bytes]).await.unwrap();
}

#[tokio::test]
async fn only_a_complete_scrape_is_the_last_scrape() {
    let address = "127.0.0.1:0".parse().unwrap();
    let admin = AdminServer::start(address, Metrics::new(), Health::default()).unwrap();
    scrape(&admin, "GET", 100).await;
    let given_up = async {
        scrape(&admin, "HEAD", 50).await;
    };
    let last = admin.last_scrape(Duration::from_secs(60), given_up).await;
    assert_eq!(last.as_str(), "cut short", "a HEAD brings no metrics");
    let scraped = async {
        scrape(&admin, "GET", 100).await;
        pending().await
    };
    let last = admin.last_scrape(Duration::from_secs(60), scraped).await;
    assert!(matches!(last, LastScrape::Seen { scrapers: 1, .. }), "{last:?}");
}
