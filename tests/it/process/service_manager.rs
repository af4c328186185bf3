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
}

impl Manager {
    fn listen() -> Self {
        let name = format!("notify-{}", uuid::Uuid::new_v4());
        let path = std::env::temp_dir().join(name);
        let socket = UnixDatagram::bind(&path).unwrap();
        Self { path, socket }
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

    async fn hears(&self) -> String {
        let mut buffer = [0; 4096];
        let received = tokio::time::timeout(Duration::from_secs(30), self.socket.recv(&mut buffer));
        let length = received.await.expect("nothing was told").unwrap();
        String::from_utf8_lossy(&buffer[..length]).trim().to_owned()
    }

    /// All that is told up to these words, and them.
    async fn hears_up_to(&self, words: &str) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            told.push(self.hears().await);
            if told.last().unwrap().contains(words) {
                return told;
            }
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

#[tokio::test]
async fn readiness_the_watchdog_and_the_stop_are_told() {
    let (manager, harbour) = (Manager::listen(), Harbour::open().await);
    let app = App::answering(|_| async { 200 }).await;
    let worker = manager.worker(&harbour, QUEUE, app.url(), "600000");
    let before = manager.hears_up_to("READY=1").await;
    assert!(!before.iter().any(|told| told.contains("STOPPING")), "{before:?}");
    manager.hears_up_to("STATUS=polling").await;
    for _ in 0..3 {
        manager.hears_up_to("WATCHDOG=1").await;
    }
    worker.terminate();
    manager.hears_up_to("STOPPING=1").await;
    manager.hears_up_to("STATUS=draining").await;
    assert_eq!(worker.ends().await.code, Some(0));
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_no_readiness_and_the_status_says_why() {
    let (manager, harbour) = (Manager::listen(), Harbour::open().await);
    let _worker = manager.worker(&harbour, "nowhere", "http://127.0.0.1:1/", "600000");
    let told = manager.hears_up_to("is not polled").await;
    assert!(!told.iter().any(|told| told.contains("READY=1")), "{told:?}");
    // It is alive all the same: a restart would not mend it.
    manager.hears_up_to("WATCHDOG=1").await;
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
