//! The admin endpoint's last moments.

use std::time::Duration;

use longshore::admin::AdminServer;
use longshore::telemetry::Metrics;
use longshore::telemetry::health::Health;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::support::config;

/// Metrics whose text is more than the sockets between hold.
fn many_series() -> Metrics {
    let metrics = Metrics::new();
    for n in 0..400 {
        metrics.queue(&config(&format!("queue-{n}")));
    }
    metrics
}

#[tokio::test]
async fn a_scrape_in_hand_is_answered_to_its_end_before_the_endpoint_stops() {
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
