//! A client that sends any bytes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection.
pub(super) struct Raw(TcpStream);

impl Raw {
    /// A connection that has sent these bytes, as far as the server took them.
    pub(super) async fn connect(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        drop(stream.write_all(bytes.as_ref()).await);
        Self(stream)
    }

    /// Sends these bytes, and returns everything until the server closes the connection.
    pub(super) async fn ask(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
        Self::connect(address, bytes).await.rest().await
    }

    /// Sends more. Returns whether the server still took it.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Everything until the server closes the connection, even by a reset.
    pub(super) async fn rest(mut self) -> String {
        let mut rest = Vec::new();
        let read = async {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = self.0.read(&mut part).await {
                rest.extend_from_slice(&part[..length]);
            }
        };
        let limit = Duration::from_secs(40);
        tokio::time::timeout(limit, read).await.expect("the server never closed the connection");
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// The statuses of the responses in a text.
pub(super) fn statuses(text: &str) -> Vec<u16> {
    let lines = text.split("HTTP/1.").skip(1);
    lines.map(|line| line[2..5].parse().unwrap()).collect()
}
