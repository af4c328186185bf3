//! The `longshore` program. See `longshore --help`.

use std::process::ExitCode;

/// A worker allocates small objects on one thread and frees them on another. This allocator is fast
/// at it, as `cargo bench --bench throughput` shows.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    longshore_cli::commands::main().await
}
