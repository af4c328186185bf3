//! A service manager is told what it waits for: here a socket in the test, in systemd's place.

use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UnixDatagram;

use super::app::App;
use super::longshore::Longshore;
use crate::support::harbour::{Harbour, QUEUE};

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

    /// A worker under this manager, whose watchdog bites after so many microseconds.
    fn worker(&self, harbour: &Harbour, queue: &str, app: &str, watchdog: &str) -> Longshore {
        let endpoint = harbour.local.endpoint_url();
        let own = ["run", "--endpoint-url", &endpoint, "--listen", "127.0.0.1:0"];
        let more = ["--set", "defaults.wait=1s", "--queue", queue, "--http", app];
        let socket = self.path.to_str().unwrap();
        let environment = [("NOTIFY_SOCKET", socket), ("WATCHDOG_USEC", watchdog)];
        Longshore::start_in(&[&own[..], &more].concat(), &environment)
    }

    /// Waits until these words were told so often since it listens.
    async fn hears(&mut self, words: &str, times: usize) {
        let hear = async {
            while self.heard.matches(words).count() < times {
                let mut buffer = [0; 4096];
                let length = self.socket.recv(&mut buffer).await.unwrap();
                self.heard += &String::from_utf8_lossy(&buffer[..length]);
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(30), hear).await;
        assert!(heard.is_ok(), "{words} was not told {times} times: {}", self.heard);
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

#[tokio::test]
async fn readiness_the_watchdog_and_the_stop_are_told() {
    let (mut manager, harbour) = (Manager::listen(), Harbour::open().await);
    let app = App::answering(|_| async { 200 }).await;
    let worker = manager.worker(&harbour, QUEUE, app.url(), "600000");
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
async fn a_queue_that_is_not_there_is_no_readiness_and_the_status_says_why() {
    let (mut manager, harbour) = (Manager::listen(), Harbour::open().await);
    let _worker = manager.worker(&harbour, "nowhere", "http://127.0.0.1:1/", "600000");
    manager.hears("is not polled", 1).await;
    assert!(!manager.heard.contains("READY=1"), "{}", manager.heard);
    // It is alive all the same: a restart would not mend it.
    let so_far = manager.heard.matches("WATCHDOG=1").count();
    manager.hears("WATCHDOG=1", so_far + 1).await;
}

#[tokio::test]
async fn a_command_cannot_speak_for_the_worker() {
    let (manager, harbour) = (Manager::listen(), Harbour::open().await);
    harbour.send("crate").await;
    let endpoint = harbour.local.endpoint_url();
    let own = ["run", "--endpoint-url", &endpoint, "--listen", "127.0.0.1:0", "--queue", QUEUE];
    let command = ["--", "sh", "-c", r#"echo "socket: ${NOTIFY_SOCKET-none}" >&2"#];
    let socket = manager.path.to_str().unwrap();
    let worker = Longshore::start_in(&[&own[..], &command].concat(), &[("NOTIFY_SOCKET", socket)]);
    worker.says("socket: none").await;
}
