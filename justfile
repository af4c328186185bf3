# The tasks of a developer: `just` lists them. Needs https://just.systems; CONTRIBUTING.md has the commands
# without it.

program := env("CARGO_TARGET_DIR", "target") / "debug/longshore"
python := "target/python/bin/python"

[private]
default:
    @just --list --unsorted

# Run everything that CI runs, and install what it needs
all:
    tests/run

# Run everything that needs only a Rust toolchain
test *arguments:
    cargo test {{ arguments }}

# Format, lint, and build the documentation as CI does
lint:
    cargo fmt --all
    cargo clippy --locked --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --all-features --no-deps
    target/python/bin/ruff check tests packaging docs benches

# Run system tests: all, those of a directory, or one case: just system page -k keyboard
system directory="" *options:
    cargo build --locked --bins --workspace
    {{ python }} -m pytest tests/system/{{ directory }} {{ options }}

# Write all generated files: rules, dashboards, documents, schemas
generate:
    cargo xtask generate

# Check the alert rules: lint, unit tests, routes
rules:
    tests/rules/run

# Run the benchmarks
bench *arguments:
    cargo bench {{ arguments }}

# Mistakes that a test must find: overlays, rules, locks, the simulation (hours)
mutants:
    {{ python }} -m pytest tests/system -m mutants
    python3 tests/rules/mutate.py
    python3 tests/cloudwatch/mutate.py
    python3 tests/mutations/run.py interleavings
    python3 tests/mutations/run.py simulation

# A million simulated runs of the worker (about 40 minutes on two cores)
simulation:
    SEEDS=1000000 cargo test --release --test simulation

# 1,000 messages per second for 30 minutes: memory and file descriptors stay flat
soak:
    cargo build --locked --release
    {{ python }} tests/soak/run.py target/release/longshore

# The files of a release, tried in empty places; RELEASING.md has the steps that build them
release directory:
    {{ python }} -m pytest tests/system/release -m release --release-files {{ directory }}
