//! The configuration flags, which several commands share.

use std::path::PathBuf;

use clap::Args;

use crate::settings::{FlagValue, Sources};

/// The sources of the configuration. Each source overrides the ones before it: defaults, the file,
/// `LONGSHORE_` environment variables, flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub struct SourceArgs {
    /// Read the configuration from this file [default: $LONGSHORE_CONFIG, or longshore.toml in this
    /// directory]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set a configuration key, for example shutdown.grace=25s, defaults.wait=5s or
    /// queue.orders.concurrency=4. Can be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Set aws.region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Set aws.endpoint_url
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Set admin.listen
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Set shutdown.grace
    #[arg(long, value_name = "DURATION")]
    grace: Option<String>,
    /// Also process this queue. Without --config, process only this queue. Requires --http or a
    /// command after `--`
    #[arg(long, value_name = "NAME|URL|ARN")]
    queue: Option<String>,
    /// Post each message of --queue to this URL
    #[arg(long, value_name = "URL", requires = "queue", conflicts_with = "command")]
    http: Option<String>,
    /// Run this program, with these arguments, for each message of --queue
    #[arg(last = true, value_name = "COMMAND", requires = "queue")]
    command: Vec<String>,
}

impl SourceArgs {
    /// The environment of this process, overridden by these flags.
    pub fn sources(&self) -> Sources {
        self.override_in(Sources::from_process())
    }

    fn override_in(&self, mut sources: Sources) -> Sources {
        sources.file.clone_from(&self.config);
        let flags = [
            ("--region", "aws.region", &self.region),
            ("--endpoint-url", "aws.endpoint_url", &self.endpoint_url),
            ("--listen", "admin.listen", &self.listen),
            ("--grace", "shutdown.grace", &self.grace),
        ];
        for (key, value) in &self.set {
            sources.set("--set", key, FlagValue::Text(value.clone()));
        }
        for (flag, key, value) in flags {
            if let Some(value) = value {
                sources.set(flag, key, FlagValue::Text(value.clone()));
            }
        }
        if let Some(queue) = &self.queue {
            self.add_queue(&mut sources, queue);
        }
        sources
    }

    fn add_queue(&self, sources: &mut Sources, queue: &str) {
        let path = sources.add_queue("--queue", queue);
        if let Some(url) = &self.http {
            sources.set("--http", &format!("{path}.handler.http"), FlagValue::Text(url.clone()));
        }
        if !self.command.is_empty() {
            let words = FlagValue::Words(self.command.clone());
            sources.set("after --", &format!("{path}.handler.command"), words);
        }
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        Some(_) | None => Err("expected KEY=VALUE, for example shutdown.grace=25s".to_owned()),
    }
}
