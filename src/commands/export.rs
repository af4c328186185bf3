//! `longshore export`: the files that belong to this binary.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use longshore_ops::File;

/// Write the dashboards, alert rules, runbooks and deploy files that belong to this version
///
/// Dashboards and rules need no editing: queues, objectives and prices are series that the workers
/// export. Deploy files are for Kubernetes, Helm, Compose, systemd, ECS and Terraform; say what is yours in
/// an overlay or a variable, and the next version's files can replace these.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// Directory to write to; it is made if it is not there
    dir: PathBuf,
    /// Overwrite files that are there and say something else
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  longshore export ops                       # dashboards/, alerts/, runbooks/, deploy/
  longshore export ops --force               # once more, after an upgrade

Exit codes:
  0   every file is there, as this version has it
  1   a file could not be written, or is there and says something else; then none was written";

/// Writes the files and prints what became of each.
pub(super) fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let mut pending = Vec::new();
    let mut changed = Vec::new();
    for file in longshore_ops::files() {
        let path = args.dir.join(&file.path);
        let state = State::of(&path, &file)?;
        if state == State::Changed {
            changed.push(path.display().to_string());
        }
        pending.push((path, file, state));
    }
    if !changed.is_empty() && !args.force {
        bail!(
            "nothing was written, for these files say something else (--force overwrites them): {}",
            changed.join(", ")
        );
    }
    for (path, file, state) in pending {
        if state != State::Same {
            write(&path, file.text)?;
        }
        println!("{:<9} {}", state.told(), path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// What is where a file is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Same,
    Changed,
}

impl State {
    fn of(path: &Path, file: &File) -> anyhow::Result<Self> {
        match fs::read(path) {
            Ok(bytes) if bytes == file.text.as_bytes() => Ok(Self::Same),
            Ok(_) => Ok(Self::Changed),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::Absent),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Absent => "wrote",
            Self::Same => "unchanged",
            Self::Changed => "replaced",
        }
    }
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
