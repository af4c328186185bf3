//! The objectives of the configured queues, in the formats of SLO tools: `--slo-format`.

mod definition;
mod openslo;
mod pyrra;
mod sloth;

use clap::ValueEnum;
use longshore_ops::{File, SiteLabels};

use crate::settings::{self, Sources};
use definition::Definition;

/// A tool or specification for SLOs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SloFormat {
    /// Sloth, version prometheus/v1: slo/longshore.sloth.yml
    Sloth,
    /// Pyrra, ServiceLevelObjective of pyrra.dev/v1alpha1: slo/pyrra/, one file for each SLO
    Pyrra,
    /// OpenSLO v1: slo/longshore.openslo.yml
    Openslo,
}

/// The files with the SLOs of every configured queue.
pub(super) fn files(
    format: SloFormat,
    sources: &Sources,
    labels: &SiteLabels,
) -> anyhow::Result<Vec<File>> {
    let loaded = settings::load(sources)?;
    let queues = loaded.config.queues.iter().map(|queue| &queue.config);
    let definitions = definition::all(queues);
    Ok(match format {
        SloFormat::Sloth => vec![file("longshore.sloth", sloth::text(&definitions))],
        SloFormat::Openslo => vec![file("longshore.openslo", openslo::text(&definitions))],
        SloFormat::Pyrra => {
            let file =
                |one: &Definition| file(&format!("pyrra/{}", one.name), pyrra::text(one, labels));
            definitions.iter().map(file).collect()
        }
    })
}

fn file(name: &str, text: String) -> File {
    File { path: format!("slo/{name}.yml"), text: text.into() }
}

/// A YAML string. JSON strings are YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
