//! An SQS-compatible queue server in memory, for development and tests.
//!
//! It speaks the AWS JSON 1.0 protocol, so any AWS SDK released since November 2023 can use it.
//! It does not need an AWS account, a container or a file.
//!
//! # In a test
//!
//! ```toml
//! [dev-dependencies]
//! longshore-local = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! ```
//! use std::time::Duration;
//!
//! use longshore_local::{Action, Fault, MessageState, Rule, Server};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Listen on a free port of 127.0.0.1.
//!     let server = Server::start().await?;
//!     let queue_url = server.create_queue("orders", &[("VisibilityTimeout", "45")])?;
//!
//!     // Start the code under test. Call `.endpoint_url(server.endpoint_url())` on the builder of
//!     // its SDK configuration, with any region and any credentials.
//!     println!("endpoint {}, queue {queue_url}", server.endpoint_url());
//! #   request(&server, "SendMessage", &queue_url, r#""MessageBody":"hello""#).await?;
//!
//!     // Wait for an event instead of sleeping.
//!     let counts = server.until("orders", |counts| counts.visible == 1).await;
//!     assert_eq!(counts.map(|counts| counts.in_flight), Some(0));
//!     assert_eq!(server.requests().get(Action::SendMessage), 1);
//!
//!     // Throttle the next two receives.
//!     server.faults().add(Rule::new(Fault::Throttle).on(Action::ReceiveMessage).next(2));
//! #   for expected in ["403", "403", "200"] {
//! #       let status = request(&server, "ReceiveMessage", &queue_url, r#""WaitTimeSeconds":0"#);
//! #       assert_eq!(status.await?, expected);
//! #   }
//!
//!     // Look at the messages. This receives none.
//!     server.until("orders", |counts| counts.in_flight == 1).await;
//!     let messages = server.messages("orders").expect("the queue exists");
//!     assert_eq!((messages[0].body.as_str(), messages[0].receive_count), ("hello", 1));
//!     assert_eq!(messages[0].state, MessageState::InFlight);
//!
//!     // Advance the time of the queues: the visibility timeout ends.
//!     server.advance(Duration::from_secs(45))?;
//!     let messages = server.messages("orders").expect("the queue exists");
//!     assert_eq!(messages[0].state, MessageState::Visible);
//!
//!     server.stop().await;
//!     Ok(())
//! }
//! #
//! # /// The code under test: sends a request by plain HTTP. Returns the status.
//! # async fn request(
//! #     server: &Server,
//! #     action: &str,
//! #     queue_url: &str,
//! #     parameter: &str,
//! # ) -> std::io::Result<String> {
//! #     use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
//! #     let body = format!(r#"{{"QueueUrl":"{queue_url}",{parameter}}}"#);
//! #     let request = format!(
//! #         "POST / HTTP/1.1\r\nHost: {}\r\nX-Amz-Target: AmazonSQS.{action}\r\n\
//! #          Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
//! #         server.address(),
//! #         body.len()
//! #     );
//! #     let mut stream = tokio::net::TcpStream::connect(server.address()).await?;
//! #     stream.write_all(request.as_bytes()).await?;
//! #     let mut response = String::new();
//! #     stream.read_to_string(&mut response).await?;
//! #     Ok(response.split(' ').nth(1).unwrap_or_default().to_owned())
//! # }
//! ```
//!
//! Programs in other languages can use the same server. Set `AWS_ENDPOINT_URL` to the endpoint URL,
//! `AWS_REGION` to any region, and `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` to any values.
//!
//! # What it does
//!
//! - Standard and FIFO queues: message groups in turn, deduplication, sequence numbers and receive
//!   attempts.
//! - Long polls, delays, visibility timeouts, retention, batches, message attributes, tags and
//!   paging.
//! - Redrive policies: a message moves to its dead-letter queue after the maximum receive count.
//! - Message move tasks: the messages of a dead-letter queue return to their source or move to
//!   another queue, at a maximum rate if the task has one.
//! - Access policies, with `AddPermission` and `RemovePermission`. They are stored and returned.
//! - The limits, validation and error codes of SQS, and the MD5 digests that SDKs verify.
//! - [Faults](Fault): throttling, errors, latency, closed connections, lost responses, duplicates.
//! - [Counts] of messages, polls and [requests](RequestCounts), and [waiting](Server::until)
//!   for them. The [messages](Server::messages) of a queue, without a receive.
//! - [Every action](Server::perform) without HTTP.
//! - [Time travel](Server::advance): a test advances the clock of the queues instead of sleeping.
//! - A page at `/` for people: the messages of each queue, without a receive, forms that send,
//!   purge and redrive, and the clients that poll short, with the cost of their empty receives on
//!   AWS.
//! - `/_aws/sqs/messages` and `/_localstack/health`, in the form of LocalStack.
//! - A control endpoint for programs that cannot call Rust: `GET /_local/state`; `GET`, `PUT` and
//!   `DELETE /_local/faults`; `GET` and `POST /_local/clock`.
//!
//! # What it does not do
//!
//! - It does not store anything on disk. All messages are lost when the server stops.
//! - It does not check signatures, credentials or policies. Any client that reaches the port can
//!   use it, except pages of other web sites in a browser. The default [`Options`] listen on the
//!   loopback interface only.
//! - It does not encrypt, and it does not serve HTTPS. It stores and returns encryption settings.
//! - It does not limit the throughput of FIFO queues, and counts are exact instead of approximate.
//!
//! # Features
//!
//! The crate has no Cargo features.

mod action;
mod actions;
mod characters;
mod clock;
mod directory;
mod faults;
mod json;
mod live;
mod local_server;
mod message;
mod move_tasks;
mod options;
mod page;
mod pollers;
mod protocol;
mod queue;
mod random_id;
mod refusal;
mod scope;
mod server;
mod settings;
mod strays;
mod sync;

pub use action::{Action, RequestCounts};
pub use clock::TooFarAhead;
pub use faults::{Fault, Faults, Rule};
pub use local_server::Server;
pub use options::Options;
pub use queue::{Counts, Message, MessageState};
pub use refusal::Refusal;
