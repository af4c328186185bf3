//! Periodic tasks, as a worker environment of Elastic Beanstalk sends them: one message for each run
//! of each task in `cron.yaml`.
//! <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html#worker-periodictasks>
//!
//! | file | contains |
//! | --- | --- |
//! | `yaml.rs` | the file as a tree whose nodes know their places |
//! | `cron_file.rs` | the tasks of the file, or all of its problems |
//! | `field.rs`, `schedule.rs` | when a task runs |
//! | `run_time.rs` | the time of a run: a minute in UTC |
//! | `claims.rs` | which worker sends a run |
//! | `table_claims.rs` | the same for several workers, by conditional writes to a table of DynamoDB |
//! | `only_leader.rs` | the same for one worker |
//! | `task.rs`, `task_loop.rs` | sends the runs of one task |
//! | `sender.rs` | sends the tasks of one queue |

mod claims;
mod clock;
mod cron_file;
mod field;
mod only_leader;
mod problem;
mod run_time;
mod schedule;
mod sender;
mod table_claims;
mod task;
mod task_loop;
mod yaml;

pub use claims::{Claim, Claims, Record};
pub use clock::{Clock, SystemClock};
pub use cron_file::{CronFile, MAX_BYTES, MAX_TASKS};
pub use only_leader::OnlyLeader;
pub use problem::FileProblem;
pub use run_time::RunTime;
pub use schedule::{Schedule, ScheduleError};
pub use sender::PeriodicSender;
pub use table_claims::{ItemTable, LEASE, TableClaims};
pub use task::Task;
