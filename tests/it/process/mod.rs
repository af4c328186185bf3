//! The real binary: real signals, real handlers, a local queue in the test.

mod admin;
mod admin_limits;
mod app;
mod commands;
mod connection;
mod drain;
mod envelopes;
mod first_scrape;
mod health;
mod hostile;
mod http;
mod lambda_url;
mod last_scrape;
mod log_lines;
mod long_texts;
mod longshore;
mod mistakes;
mod otlp;
mod prometheus;
mod routes;
mod secrets;
mod service_manager;
mod stub_sqs;
mod stuck_log;
mod until_empty;
