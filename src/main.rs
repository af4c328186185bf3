//! The `longshore` program: see `longshore --help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    longshore::cli::main().await
}
