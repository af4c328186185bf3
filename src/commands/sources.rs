//! The flags that say where a configuration comes from, shared by every command that needs one.

use std::path::PathBuf;

use clap::Args;

use crate::settings::{FlagValue, Sources};

/// Where the configuration comes from. Each layer overrides those before it: defaults, the file, the
/// environment's `LONGSHORE_` variables, flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub struct SourceArgs {
    /// The file. Otherwise $LONGSHORE_CONFIG, otherwise longshore.toml in this directory
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets any key, as in shutdown.grace=25s, defaults.wait=5s or queue.orders.concurrency=4
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Sets aws.region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Sets aws.endpoint_url
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// Sets admin.listen
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Sets shutdown.grace
    #[arg(long, value_name = "DURATION")]
    grace: Option<String>,
    /// Works this queue too; without --config, this one alone. Needs --http or a command after `--`
    #[arg(long, value_name = "NAME|URL|ARN")]
    queue: Option<String>,
    /// The URL to which each message of --queue is posted
    #[arg(long, value_name = "URL", requires = "queue", conflicts_with = "command")]
    http: Option<String>,
    /// The program that is run for each message of --queue, and its arguments
    #[arg(last = true, value_name = "COMMAND", requires = "queue")]
    command: Vec<String>,
}

impl SourceArgs {
    /// These flags over the environment of this process.
    pub fn sources(&self) -> Sources {
        self.over(Sources::of_this_process())
    }

    fn over(&self, mut sources: Sources) -> Sources {
        sources.file.clone_from(&self.config);
        let named = [
            ("--region", "aws.region", &self.region),
            ("--endpoint-url", "aws.endpoint_url", &self.endpoint_url),
            ("--listen", "admin.listen", &self.listen),
            ("--grace", "shutdown.grace", &self.grace),
        ];
        for (key, value) in &self.set {
            sources.set("--set", key, FlagValue::Text(value.clone()));
        }
        for (flag, key, value) in named {
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
        Some(_) | None => Err("write KEY=VALUE, as in shutdown.grace=25s".to_owned()),
    }
}
