//! `longshore local`: a local queue server for development.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::Context as _;
use clap::Args;

use super::table::{Align, columns};
use longshore::worker::StopSignals;
use longshore_local::{LocalQueue, Options};

/// Run a local SQS-compatible queue server, in memory, for development
///
/// The server speaks both protocols of SQS: AWS JSON, and the older Query protocol. It stores
/// nothing on disk and checks no signatures, so it listens on the loopback interface by default.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct LocalArgs {
    /// Listen on this address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9324")]
    listen: SocketAddr,
    /// Listen on this port of the loopback interface. Port 0 selects a free port
    #[arg(long, value_name = "PORT", conflicts_with = "listen")]
    port: Option<u16>,
    /// Create a queue, with SQS queue attributes if needed. A name that ends with .fifo creates a
    /// FIFO queue. Can be repeated
    #[arg(long = "queue", value_name = "NAME[:ATTRIBUTE=VALUE,...]")]
    queues: Vec<NewQueue>,
}

const AFTER_HELP: &str = "\
Examples:
  longshore local --queue orders
  longshore local --port 0 --queue mail:VisibilityTimeout=60,DelaySeconds=5
  longshore local --queue dead --queue 'orders:RedrivePolicy={\"deadLetterTargetArn\":
      \"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":\"3\"}'

Inspect the queues, and inject faults (HTTP with JSON):
  GET    /_local/state      show the message counts of each queue and the number of requests
  GET    /_local/faults     show the active faults
  PUT    /_local/faults     {\"rules\":[{\"fault\":\"throttle\",\"action\":\"ReceiveMessage\",\"chance\":0.1}]}
  DELETE /_local/faults     remove all faults
  Faults: latency (with \"milliseconds\"), throttle, rate-exceeded, internal-failure, unavailable,
  access-denied, cut-connection, lose-answer, fail-entry, duplicate, orphan-poll. Limit each fault
  with \"chance\" (0 to 1) or \"next\" (the number of requests). Without \"action\", it applies to all
  actions.

Exit codes:
  0   stopped by a signal
  1   failed; the error is on stderr
  64  wrong usage";

/// Serves until a signal arrives.
pub(super) async fn run(args: LocalArgs) -> anyhow::Result<ExitCode> {
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let listen = args.port.map_or(args.listen, |port| (Ipv4Addr::LOCALHOST, port).into());
    let local = LocalQueue::start(Options { listen, ..Options::default() }).await;
    let local = local.with_context(|| {
        format!(
            "cannot listen on {listen} for the local queue (choose another port with --port; \
             --port 0 selects a free port)"
        )
    })?;
    let created = create(&local, &args.queues)?;
    std::io::stdout().write_all(introduction(&local, &created).as_bytes())?;
    signals.next().await;
    local.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Creates the queues and returns the name and the URL of each.
fn create(local: &LocalQueue, queues: &[NewQueue]) -> anyhow::Result<Vec<[String; 2]>> {
    let create = |queue: &NewQueue| {
        let attributes: Vec<_> =
            queue.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let url = local
            .create_queue(&queue.name, &attributes)
            .with_context(|| format!("cannot create the queue `{}`", queue.name))?;
        Ok([queue.name.clone(), url])
    };
    queues.iter().map(create).collect()
}

fn introduction(local: &LocalQueue, created: &[[String; 2]]) -> String {
    let endpoint = local.endpoint_url();
    let reachable = if local.address().ip().is_loopback() {
        "Only this machine can reach it."
    } else {
        "Other machines can reach it."
    };
    let queues = if created.is_empty() {
        "  none; create one with --queue NAME or CreateQueue\n".to_owned()
    } else {
        columns([Align::Left; 2], created)
    };
    let name = created.first().map_or("orders", |[name, _]| name);
    format!(
        "A local SQS-compatible queue server at {endpoint}\n\n  \
         Messages are kept in memory and are lost when this process stops.\n  \
         Signatures are not checked, so any credentials work.\n  \
         {reachable}\n\n\
         Queues\n{queues}\n\
         Connect a client\n  \
         longshore run --endpoint-url {endpoint} --queue {name} -- cat\n  \
         aws --endpoint-url {endpoint} --region us-east-1 --no-sign-request sqs list-queues\n  \
         export AWS_ENDPOINT_URL={endpoint} AWS_REGION=us-east-1 \\\n         \
         AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n\n\
         Inspect the queues\n  \
         curl {endpoint}/_local/state\n\n\
         Press Ctrl-C to stop.\n"
    )
}

/// A queue to create, as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NewQueue {
    name: String,
    attributes: Vec<(String, String)>,
}

impl FromStr for NewQueue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, attributes) = text.split_once(':').unwrap_or((text, ""));
        let mut queue = Self { name: name.to_owned(), attributes: Vec::new() };
        for part in attributes.split(',').filter(|part| !part.is_empty()) {
            let key = part.split_once('=').filter(|(key, _)| is_attribute_name(key));
            match (key, queue.attributes.last_mut()) {
                (Some((key, value)), _) => {
                    queue.attributes.push((key.to_owned(), value.to_owned()));
                }
                // This comma is part of a value, for example of the JSON of a redrive policy.
                (None, Some((_, value))) => value.extend([",", part]),
                (None, None) => {
                    return Err("expected NAME:ATTRIBUTE=VALUE,ATTRIBUTE=VALUE".to_owned());
                }
            }
        }
        // SQS requires both for a FIFO queue, and accepts neither without the other.
        let is_said = queue.attributes.iter().any(|(name, _)| name == "FifoQueue");
        if name.ends_with(".fifo") && !is_said {
            queue.attributes.push(("FifoQueue".to_owned(), "true".to_owned()));
        }
        Ok(queue)
    }
}

fn is_attribute_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(text: &str) -> (String, Vec<(String, String)>) {
        let queue: NewQueue = text.parse().unwrap();
        (queue.name, queue.attributes)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_queue_can_have_attributes() {
        assert_eq!(queue("orders"), ("orders".to_owned(), Vec::new()));
        let attributes = vec![pair("VisibilityTimeout", "60"), pair("DelaySeconds", "5")];
        assert_eq!(
            queue("orders:VisibilityTimeout=60,DelaySeconds=5"),
            ("orders".to_owned(), attributes)
        );
    }

    #[test]
    fn commas_in_a_redrive_policy_do_not_split_it() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:1:dead","maxReceiveCount":"3"}"#;
        let (_, attributes) = queue(&format!("orders:RedrivePolicy={policy},DelaySeconds=5"));
        assert_eq!(attributes, [pair("RedrivePolicy", policy), pair("DelaySeconds", "5")]);
    }

    #[test]
    fn a_name_of_a_fifo_queue_creates_one() {
        assert_eq!(queue("orders.fifo").1, [pair("FifoQueue", "true")]);
        assert_eq!(queue("orders.fifo:FifoQueue=false").1, [pair("FifoQueue", "false")]);
    }

    #[test]
    fn an_attribute_without_a_value_is_an_error() {
        assert!("orders:DelaySeconds".parse::<NewQueue>().is_err());
    }
}
