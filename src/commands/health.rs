//! `longshore health`: a health check for container images that have no shell and no HTTP client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use super::sources::SourceArgs;
use crate::settings;

/// Check that a running worker is alive, as the health check of a container
///
/// Sends a request to the address in `admin.listen`, on this machine. Reads the same configuration
/// as `run`, so it finds the worker that uses this configuration.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Check readiness instead of liveness. A worker is ready if it polls every queue
    #[arg(long)]
    ready: bool,
}

const AFTER_HELP: &str = "\
Examples:
  longshore health -c /etc/longshore/longshore.toml
  longshore health --ready

Exit codes:
  0   the worker is alive; with --ready, it is ready
  1   it is not, or it does not respond within 2 seconds; the reason is on stderr
  64  wrong usage or configuration";

const TIMEOUT: Duration = Duration::from_secs(2);

/// Sends the request. Fails unless the worker responds with success.
pub(super) async fn run(args: HealthArgs) -> anyhow::Result<ExitCode> {
    let mut address = settings::load(&args.sources.sources())?.config.admin.listen;
    if address.ip().is_unspecified() {
        // The worker listens on all interfaces, which includes loopback.
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let (path, state) = if args.ready { ("readyz", "ready") } else { ("livez", "alive") };
    let url = format!("http://{address}/{path}");
    let client =
        reqwest::Client::builder().timeout(TIMEOUT).no_proxy().tls_certs_only([]).build()?;
    let response = client.get(&url).send().await.with_context(|| {
        format!("no response from {url} (is the worker running, with the same admin.listen?)")
    })?;
    let status = response.status();
    let text = response.text().await.unwrap_or_default();
    if !status.is_success() {
        bail!("the worker is not {state}: {url} returned {status}: {}", text.trim());
    }
    Ok(ExitCode::SUCCESS)
}
