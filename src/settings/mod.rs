//! The program's settings: file, environment and flags become one validated value. Every option has a
//! value and a known source; nothing is read from the environment anywhere else.

mod config;
mod document;
mod effective;
mod load;
mod otlp;
mod place;
mod problem;
mod queues;
mod rules;
mod schema;
mod section;
mod setting;
mod sources;
mod unknown;

pub use config::{AdminConfig, Config};
pub use effective::Effective;
pub use load::{Loaded, load};
pub use place::{Place, Position, Source};
pub use problem::{ConfigError, Problem};
pub use sources::{FlagValue, Sources};
