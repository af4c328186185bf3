//! Rebuilds the crate when a file is added or removed: `include_dir!` alone notices only changes.

fn main() {
    for dir in ["alerts", "dashboards", "deploy", "docs/runbooks"] {
        println!("cargo:rerun-if-changed=../../{dir}");
    }
}
