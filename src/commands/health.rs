//! `longshore health`: is the worker beside me alive? For images in which there is no other program to ask.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use super::sources::SourceArgs;
use crate::settings;

/// Ask a running worker whether it is alive: the health check of a container
///
/// Asks the address that `admin.listen` names, on this machine. Read from the same sources as `run`, so
/// it is the worker's own.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Asks whether it is ready, too: whether every queue is polled
    #[arg(long)]
    ready: bool,
}

const AFTER_HELP: &str = "\
Examples:
  longshore health -c /etc/longshore/longshore.toml
  longshore health --ready

Exit codes:
  0   alive; with --ready, ready
  1   it is not, or does not answer within two seconds; stderr says why
  64  wrong usage or configuration";

const PATIENCE: Duration = Duration::from_secs(2);

/// Asks, and says what is wrong if something is.
pub(super) async fn run(args: HealthArgs) -> anyhow::Result<ExitCode> {
    let mut address = settings::load(&args.sources.sources())?.config.admin.listen;
    if address.ip().is_unspecified() {
        // It listens everywhere: also here.
        address.set_ip(match address.ip() {
            std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let path = if args.ready { "readyz" } else { "livez" };
    let url = format!("http://{address}/{path}");
    let client =
        reqwest::Client::builder().timeout(PATIENCE).no_proxy().tls_certs_only([]).build()?;
    let answer = client.get(&url).send().await.with_context(|| format!("no answer from {url}"))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    if !status.is_success() {
        bail!("{url} answers {status}: {}", text.trim());
    }
    Ok(ExitCode::SUCCESS)
}
