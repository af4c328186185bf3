//! The notifications of a service manager: a socket in the test stands for systemd.

use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UnixDatagram;

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer};

/// The socket that the manager hears.
struct Manager {
    path: PathBuf,
    socket: UnixDatagram,
    heard: String,
}

impl Manager {
    fn listen() -> Self {
        let name = format!("notify-{}", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        let socket = UnixDatagram::bind(&path).unwrap();
        Self { path, socket, heard: String::new() }
    }

    /// A worker under this manager, with this watchdog timeout in microseconds.
    fn worker(&self, server: &TestServer, queue: &str, app: &str, watchdog: &str) -> Longshore {
        let endpoint = server.local.endpoint_url();
        let own = ["run", "--endpoint-url", &endpoint, "--listen", "127.0.0.1:0"];
        let more = ["--set", "defaults.wait=1s", "--queue", queue, "--http", app];
        let socket = self.path.to_str().unwrap();
        let environment = [("NOTIFY_SOCKET", socket), ("WATCHDOG_USEC", watchdog)];
        Longshore::start_in(&[&own[..], &more].concat(), &environment)
    }

    /// Waits until these words were received this number of times.
    async fn hears(&mut self, words: &str, times: usize) {
        let hear = async {
            while self.heard.matches(words).count() < times {
                let mut buffer = [0; 4096];
                let length = self.socket.recv(&mut buffer).await.unwrap();
                self.heard += &String::from_utf8_lossy(&buffer[..length]);
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(30), hear).await;
        assert!(heard.is_ok(), "{words} was not received {times} times: {}", self.heard);
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

#[tokio::test]
async fn systemd_gets_readiness_watchdog_and_stop() {
    let (mut manager, server) = (Manager::listen(), TestServer::open().await);
    let app = App::answering(|_| async { 200 }).await;
    let worker = manager.worker(&server, QUEUE, app.url(), "600000");
    manager.hears("READY=1", 1).await;
    assert!(!manager.heard.contains("STOPPING"), "{}", manager.heard);
    manager.hears("STATUS=polling", 1).await;
    let so_far = manager.heard.matches("WATCHDOG=1").count();
    manager.hears("WATCHDOG=1", so_far + 3).await;
    worker.terminate();
    manager.hears("STOPPING=1", 1).await;
    manager.hears("STATUS=draining", 1).await;
    assert_eq!(manager.heard.matches("READY=1").count(), 1, "{}", manager.heard);
    assert_eq!(worker.ends().await.code, Some(0));
}

#[tokio::test]
async fn systemd_gets_the_reason_while_a_queue_is_missing() {
    let (mut manager, server) = (Manager::listen(), TestServer::open().await);
    let _worker = manager.worker(&server, "nowhere", "http://127.0.0.1:1/", "600000");
    manager.hears("is not polled", 1).await;
    assert!(!manager.heard.contains("READY=1"), "{}", manager.heard);
    // It is alive all the same: a restart would not fix it.
    let so_far = manager.heard.matches("WATCHDOG=1").count();
    manager.hears("WATCHDOG=1", so_far + 1).await;
}

#[tokio::test]
async fn a_command_cannot_notify_systemd() {
    let (manager, server) = (Manager::listen(), TestServer::open().await);
    server.send("crate").await;
    let endpoint = server.local.endpoint_url();
    let own = ["run", "--endpoint-url", &endpoint, "--listen", "127.0.0.1:0", "--queue", QUEUE];
    let command = ["--", "sh", "-c", r#"echo "socket: ${NOTIFY_SOCKET-none}" >&2"#];
    let socket = manager.path.to_str().unwrap();
    let worker = Longshore::start_in(&[&own[..], &command].concat(), &[("NOTIFY_SOCKET", socket)]);
    worker.says("socket: none").await;
}
