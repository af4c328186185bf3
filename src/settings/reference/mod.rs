//! The reference of all settings, for people and for editors. The keys, defaults and variables are
//! those that the loader uses.

mod cron_keys;
mod defaults;
mod handler_keys;
mod key;
mod markdown;
mod route_keys;
mod schema;
mod table;

pub use markdown::markdown;
pub use schema::json_schema;
