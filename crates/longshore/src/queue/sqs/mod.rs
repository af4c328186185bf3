//! A queue of Amazon SQS, or of a server with its JSON protocol, through the AWS SDK.

mod attempt;
mod connection;
mod convert;
mod credentials;
mod dead_letter;
mod http_client;
mod location;
mod outgoing;
mod sender;
mod skew;
mod sqs_queue;
#[cfg(feature = "dynamodb")]
mod table;

pub use connection::{Connection, Timeouts};
#[cfg(feature = "s3")]
pub(super) use credentials::RenewedCredentials;
pub use location::{is_loopback, region as region_of_url};
pub use sender::Sender;
pub use sqs_queue::SqsQueue;
#[cfg(feature = "dynamodb")]
pub use table::{ConditionalUpdate, Item, Table, TableValue, Updated};
