//! `cargo xtask`: see `cargo xtask --help`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use xtask::rules::Scale;
use xtask::{generate, man};

const HELP: &str = "\
Generate files of the repository, or the man pages

Usage: cargo xtask generate [OPTIONS]
       cargo xtask man DIR

generate writes the alert rules, the dashboards, the references of settings and metrics, and the
JSON Schemas. man writes a man page for each command of longshore to DIR.

Options of generate:
  --check                  Write nothing; fail if a committed file is not up to date
  --to DIR                 Write below DIR instead of the repository
  --scale-windows FACTOR   Divide every duration in the rules by FACTOR, for tests in real time
  --help                   Print this text";

struct Options {
    check: bool,
    to: Option<PathBuf>,
    scale: Scale,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", ..] => {}
        ["man", directory] => {
            man::write(Path::new(directory))?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {
            eprintln!("{HELP}");
            return Ok(ExitCode::from(64));
        }
    }
    let options = parse(&arguments[1..])?;
    let repository =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask is in the repository")?;
    let files = generate::files(repository, options.scale)?;
    let directory = options.to.as_deref().unwrap_or(repository);
    if !options.check {
        generate::write(directory, &files)?;
        return Ok(ExitCode::SUCCESS);
    }
    let outdated = generate::outdated(directory, &files);
    for path in &outdated {
        eprintln!("{path} is not up to date; run `cargo xtask generate`");
    }
    Ok(ExitCode::from(u8::from(!outdated.is_empty())))
}

fn parse(arguments: &[String]) -> anyhow::Result<Options> {
    let mut options = Options { check: false, to: None, scale: Scale::REAL };
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        match option.as_str() {
            "--check" => options.check = true,
            "--to" => options.to = Some(rest.next().context("--to needs a directory")?.into()),
            "--scale-windows" => {
                let factor = rest.next().and_then(|factor| factor.parse().ok());
                options.scale = factor
                    .and_then(Scale::shortened)
                    .context("--scale-windows needs a whole number from 1")?;
            }
            other => anyhow::bail!("unknown option {other}; see `cargo xtask generate --help`"),
        }
    }
    Ok(options)
}
