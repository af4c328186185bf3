//! `longshore export`: writes the operations files of this version.

mod slo;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use longshore_ops::{File, Flavor, SiteLabels};
use slo::SloFormat;

use crate::settings::Sources;

/// Write the dashboards, alert rules, runbooks and deployment files of this version
///
/// Dashboards and rules need no changes: they read queues, objectives and prices from the metrics
/// of the workers. The deployment files are for Kubernetes, Helm, Compose, systemd, ECS and
/// Terraform. Put your changes in an overlay or in variables, so that a later `export --force` can
/// overwrite these files.
///
/// The rules and dashboards keep queues with different labels `cluster`, `namespace` or `job` apart.
/// If regions or environments can have the same values of these labels, name the labels that
/// distinguish them with `--by`. Otherwise the rules add up their queues.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// Write the files to this directory. Create it if it does not exist
    dir: PathBuf,
    /// Use these labels of your site in addition to cluster, namespace and job: in every rule, alert,
    /// inhibition, link and dashboard
    #[arg(long, value_name = "LABEL,LABEL…")]
    by: Option<SiteLabels>,
    /// Also write the rules for another ruler: vmalert, mimir, or grafana for Grafana-managed alerts
    #[arg(long, default_value = "prometheus", value_name = "RULER")]
    flavor: Flavor,
    /// Also write the objectives of the configured queues as SLO definitions for another tool
    #[arg(long, value_enum, value_name = "FORMAT")]
    slo_format: Option<SloFormat>,
    /// Read the objectives from this file [default: $LONGSHORE_CONFIG, or longshore.toml in this
    /// directory]
    #[arg(short, long, value_name = "FILE", requires = "slo_format")]
    config: Option<PathBuf>,
    /// Overwrite files that have different content
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  longshore export ops                       # dashboards/, alerts/, runbooks/, deploy/
  longshore export ops --by region,env       # keep regions and environments apart
  longshore export ops --flavor vmalert      # also alerts/longshore.vmalert.yml and a VMRule
  longshore export ops --slo-format sloth    # also slo/longshore.sloth.yml, from longshore.toml
  longshore export ops --force               # overwrite them after an upgrade

Exit codes:
  0   every file exists with the content of this version
  1   a file cannot be written, or files have different content and --force is not set. In the
      second case, no file was written
  64  wrong usage, or a configuration with problems";

/// Writes the files, then prints what was done with each.
pub(super) fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let mut pending = Vec::new();
    let mut different = Vec::new();
    let labels = args.by.clone().unwrap_or_default();
    let mut files = longshore_ops::files(&labels, args.flavor);
    if let Some(format) = args.slo_format {
        let mut sources = Sources::from_process();
        sources.file.clone_from(&args.config);
        files.extend(slo::files(format, &sources, &labels)?);
    }
    for file in files {
        let path = args.dir.join(&file.path);
        let state = State::read(&path, &file)?;
        if state == State::Different {
            different.push(path.display().to_string());
        }
        pending.push((path, file, state));
    }
    if !different.is_empty() && !args.force {
        bail!(
            "no file was written, because these files have different content: {}. Move your \
             changes to an overlay or to variables, then run this command with --force",
            different.join(", ")
        );
    }
    let mut report = String::new();
    for (path, file, state) in pending {
        if state != State::Identical {
            write(&path, &file.text)?;
        }
        report += &format!("{:<9} {}\n", state.action(), path.display());
    }
    // Printed at the end, so that a closed pipe does not leave the export incomplete.
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// What exists at the path of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    Identical,
    Different,
}

impl State {
    fn read(path: &Path, file: &File) -> anyhow::Result<Self> {
        match fs::read(path) {
            Ok(bytes) if bytes == file.text.as_bytes() => Ok(Self::Identical),
            Ok(_) => Ok(Self::Different),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::Missing),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Missing => "wrote",
            Self::Identical => "unchanged",
            Self::Different => "replaced",
        }
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)
            .with_context(|| format!("cannot create the directory {}", dir.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
