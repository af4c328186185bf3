//! `longshore local`: a local queue server for development.

mod first_queues;
mod new_queue;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::table::{Align, columns};
use crate::settings::load_init;
use first_queues::FirstQueues;
use longshore::worker::StopSignals;
use longshore_local::{Options, Server};
use new_queue::NewQueue;

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
    /// Create the queues of this TOML file, and send the messages in it. The file is read once
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    /// Use this region in queue ARNs
    #[arg(long, value_name = "REGION", default_value = "us-east-1", value_parser = region)]
    region: String,
    /// Use this account id of 12 digits in queue URLs and ARNs
    #[arg(long, value_name = "ID", default_value = "000000000000", value_parser = account)]
    account: String,
    /// Apply the cooldowns of SQS: 60 s between two purges of a queue, and 60 s before the name of a
    /// deleted queue can be used again
    #[arg(long)]
    cooldowns: bool,
}

const AFTER_HELP: &str = "\
Examples:
  longshore local --queue orders
  longshore local --port 0 --queue mail:VisibilityTimeout=60,DelaySeconds=5
  longshore local --queue dead --queue 'orders:RedrivePolicy={\"deadLetterTargetArn\":
      \"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":\"3\"}'
  longshore local --init local.toml        # with this text in local.toml:
      [[queue]]
      name = \"orders\"
      attributes = { VisibilityTimeout = 60 }
      redrive = { to = \"dead\", max_receives = 3 }
      tags = { team = \"billing\" }
      messages = [\"first\", { body = \"second\", delay_seconds = 5 }]
      [[queue]]
      name = \"dead\"

Open / in a browser to see the queues with their messages, and to send, purge and redrive.

Inspect the queues, inject faults, and advance the time (HTTP with JSON):
  GET    /_local/state      show the message counts of each queue and the number of requests
  GET    /_local/faults     show the active faults
  PUT    /_local/faults     {\"rules\":[{\"fault\":\"throttle\",\"action\":\"ReceiveMessage\",\"chance\":0.1}]}
  DELETE /_local/faults     remove all faults
  GET    /_local/clock      show the time of the queues, and how far it is ahead
  POST   /_local/clock      {\"advance_seconds\":43200} advances this time for delays, visibility
                            timeouts, retention and deduplication. Long polls wait in real time
  Faults: latency (with \"milliseconds\"), throttle, rate-exceeded, internal-failure, unavailable,
  access-denied, cut-connection, lose-answer, fail-entry, duplicate, orphan-poll. Limit each fault
  with \"chance\" (0 to 1) or \"next\" (the number of requests). Without \"action\", it applies to all
  actions.

Exit codes:
  0   stopped by a signal
  1   failed; the error is on stderr
  64  wrong usage, or an invalid --init file";

/// Serves until a signal arrives.
pub(super) async fn run(args: LocalArgs) -> anyhow::Result<ExitCode> {
    let from_file = args.init.as_deref().map_or(Ok(Vec::new()), load_init)?;
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let options = args.options();
    let listen = options.listen;
    let local = Server::start_with(options).await;
    let local = local.with_context(|| {
        format!(
            "cannot listen on {listen} for the local queue (choose another port with --port; \
             --port 0 selects a free port)"
        )
    })?;
    let (region, account) = (&args.region, &args.account);
    let first_queues = FirstQueues { local: &local, region, account };
    let created = first_queues.create(&from_file, &args.queues).await?;
    std::io::stdout().write_all(introduction(&local, region, &created).as_bytes())?;
    signals.next().await;
    local.stop().await;
    Ok(ExitCode::SUCCESS)
}

impl LocalArgs {
    fn options(&self) -> Options {
        Options {
            listen: self.port.map_or(self.listen, |port| (Ipv4Addr::LOCALHOST, port).into()),
            region: self.region.clone(),
            account: self.account.clone(),
            cooldowns: self.cooldowns,
            ..Options::default()
        }
    }
}

/// Checks the id of an account, because it is a part of each ARN and of each queue URL.
fn account(text: &str) -> Result<String, String> {
    let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_id { Ok(text.to_owned()) } else { Err("expected 12 digits".to_owned()) }
}

/// Checks the name of a region, for the same reason.
fn region(text: &str) -> Result<String, String> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_name = !text.is_empty() && text.bytes().all(is_part);
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("expected a region such as eu-west-1".to_owned())
    }
}

fn introduction(local: &Server, region: &str, created: &[[String; 2]]) -> String {
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
         aws --endpoint-url {endpoint} --region {region} --no-sign-request sqs list-queues\n  \
         export AWS_ENDPOINT_URL={endpoint} AWS_REGION={region} \\\n         \
         AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n\n\
         Inspect the queues\n  \
         {endpoint}/   (in a browser)\n  \
         curl {endpoint}/_local/state\n\n\
         Press Ctrl-C to stop.\n"
    )
}
