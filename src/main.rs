//! The `longshore` program: see `longshore --help`.

use std::process::ExitCode;

/// A worker allocates small things on one thread and frees them on another, which this one is good at.
/// `cargo bench --bench throughput` measures it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    longshore_cli::commands::main().await
}
