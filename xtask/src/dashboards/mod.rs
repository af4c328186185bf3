//! What people look at in Grafana: three dashboards, a folder each and a file a row, written down
//! as what a panel shows, what good looks like, and what to do otherwise.
//!
//! The files in `dashboards/` are made of these; `longshore export` writes them.

mod alerts;
mod dashboard;
mod files;
mod fleet;
mod look;
mod marks;
mod numbers;
mod panel;
mod pictures;
mod promql;
mod query;
mod queue;
mod shutdown;
mod table;
mod variables;

pub use dashboard::Dashboard;
pub use files::generated_files;

/// Every dashboard, the one to begin with first.
pub fn all() -> [Dashboard; 3] {
    [fleet::dashboard(), queue::dashboard(), shutdown::dashboard()]
}
