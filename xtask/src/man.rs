//! The man pages of the program: one for each command.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap_mangen::generate_to;

/// Writes the man pages to a directory, which is created if it does not exist.
///
/// # Errors
/// If a page cannot be written.
pub fn write(directory: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    generate_to(longshore_cli::commands::command(), directory)
        .with_context(|| format!("cannot write man pages to {}", directory.display()))?;
    Ok(())
}
