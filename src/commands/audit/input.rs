//! The files of an audit: the configuration, the baseline and the plan.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use time::OffsetDateTime;

use longshore::QueueConfig;
use longshore::config::AwsConfig;
use longshore_audit::{Baseline, Facts, Forecast, Queue, terraform};

use crate::commands::exit::InvalidInput;
use crate::settings::{self, Sources};

/// The configuration of a worker, for the forecast.
#[derive(Debug, Default)]
pub(super) struct Settings {
    queues: BTreeMap<String, QueueConfig>,
    aws: AwsConfig,
}

impl Settings {
    /// Reads the file. Without one, each queue has the defaults.
    pub(super) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let mut sources = Sources::from_process();
        sources.file = Some(file.to_owned());
        let config = settings::load(&sources)?.config;
        let queues = config.queues.into_iter().map(|queue| {
            let config = queue.config;
            (config.address().queue_name().to_owned(), config)
        });
        Ok(Self { queues: queues.collect(), aws: config.aws })
    }

    pub(super) fn region(&self) -> Option<String> {
        self.aws.region.clone()
    }

    pub(super) fn endpoint_url(&self) -> Option<String> {
        self.aws.endpoint_url.clone()
    }

    /// What one worker would request for the traffic of a queue.
    pub(super) fn forecast(&self, queue: &Queue) -> Option<Forecast> {
        match self.queues.get(&queue.name) {
            Some(config) => Forecast::new(queue, config),
            None => Forecast::new(queue, &QueueConfig::builder(&*queue.name).build().ok()?),
        }
    }
}

fn read(file: &Path) -> Result<String, InvalidInput> {
    fs::read_to_string(file)
        .map_err(|error| InvalidInput(format!("cannot read {}: {error}", file.display())))
}

/// Reads accepted findings. An entry is accepted until the end of its last day in UTC.
pub(super) fn baseline(file: &Path) -> Result<Baseline, InvalidInput> {
    let today = OffsetDateTime::now_utc().date();
    Baseline::parse(&read(file)?, today)
        .map_err(|error| InvalidInput(format!("{}: {error}", file.display())))
}

/// Reads the queues of a Terraform plan.
pub(super) fn plan(file: &Path) -> Result<Facts, InvalidInput> {
    let bytes = fs::read(file)
        .map_err(|error| InvalidInput(format!("cannot read {}: {error}", file.display())))?;
    // The file of `terraform plan -out` is a ZIP archive.
    terraform::read(&String::from_utf8_lossy(&bytes))
        .map_err(|error| InvalidInput(format!("{}: {error}", file.display())))
}
