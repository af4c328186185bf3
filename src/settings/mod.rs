//! The settings of the program: file, environment and flags become one validated value. Each value
//! has a known source. No other module reads the environment.

mod buckets;
mod config;
mod cron;
mod descriptors;
mod document;
mod effective;
mod handler;
mod handler_section;
mod init;
mod load;
mod otlp;
mod place;
mod problem;
mod queue_settings;
mod queues;
pub mod reference;
mod routes;
mod rules;
mod schema;
mod section;
mod setting;
mod sources;
mod unknown;

pub use config::{AdminConfig, Config};
pub use cron::{CronConfig, CronSender};
pub use descriptors::Descriptors;
pub use effective::Effective;
pub use handler::{HandlerConfig, HandlerError, HttpConfig, LambdaConfig};
pub use init::{Given, InitMessage, InitQueue, InitRedrive, load_init};
pub use load::{Loaded, load};
pub use place::{Place, Position, Source};
pub use problem::{ConfigError, Problem};
pub use queue_settings::{Handlers, QueueSettings, RouteConfig, Unrouted};
pub use sources::{FlagValue, Sources};
