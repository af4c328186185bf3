//! All generated files, and whether the committed files are up to date.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use longshore_cli::settings::reference;

use crate::cloudwatch;
use crate::dashboards;
use crate::rules::{self, GeneratedFile, Scale};
use crate::series;

/// Every generated file. `scale` shortens the windows of the rules.
///
/// # Errors
/// If `docs/metrics.md` under `repository` cannot be read: its introduction is written by hand.
pub fn files(repository: &Path, scale: Scale) -> anyhow::Result<Vec<GeneratedFile>> {
    let mut files = rules::generated_files(scale);
    files.extend(cloudwatch::generated_files(scale));
    files.extend(dashboards::generated_files());
    files.push(metrics(repository)?);
    files.push(GeneratedFile {
        path: "docs/configuration.md".to_owned(),
        text: reference::markdown(),
    });
    files.push(GeneratedFile {
        path: "docs/longshore.schema.json".to_owned(),
        text: format!("{:#}\n", reference::json_schema()),
    });
    files.push(GeneratedFile {
        path: "docs/slo.schema.json".to_owned(),
        text: format!("{:#}\n", serde_json::to_value(longshore::report::Report::schema())?),
    });
    files.push(GeneratedFile {
        path: "docs/audit.schema.json".to_owned(),
        text: format!("{:#}\n", serde_json::to_value(longshore_audit::output::json_schema())?),
    });
    Ok(files)
}

/// The tables of the cost of a scrape and of the metrics, below the introduction of the committed document.
fn metrics(repository: &Path) -> anyhow::Result<GeneratedFile> {
    let path = "docs/metrics.md";
    let old =
        fs::read_to_string(repository.join(path)).with_context(|| format!("cannot read {path}"))?;
    let table = longshore::telemetry::markdown();
    let cost = series::markdown();
    let introduction = old.find("| each queue is |").map_or(old.as_str(), |start| &old[..start]);
    Ok(GeneratedFile {
        path: path.to_owned(),
        text: format!("{introduction}{cost}\n## All metrics\n\n{table}"),
    })
}

/// The paths of the files under `directory` that differ from what would be generated.
pub fn outdated<'a>(directory: &Path, files: &'a [GeneratedFile]) -> Vec<&'a str> {
    let differs = |file: &&GeneratedFile| {
        fs::read_to_string(directory.join(&file.path)).ok().as_ref() != Some(&file.text)
    };
    files.iter().filter(differs).map(|file| file.path.as_str()).collect()
}

/// Writes the files under `directory`.
///
/// # Errors
/// If a file or its directory cannot be written.
pub fn write(directory: &Path, files: &[GeneratedFile]) -> anyhow::Result<()> {
    for GeneratedFile { path, text } in files {
        let to = directory.join(path);
        let parent = to.parent().context("a generated file has a directory")?;
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
        fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(())
}
