//! Everything that is tested with more than one room at work. One binary, so that it links once.

#![allow(missing_docs, unreachable_pub, reason = "a test binary has no callers")]
#![allow(clippy::unwrap_used, reason = "what fails here fails a test, at the line that says so")]

mod admin;
mod architecture;
mod audit;
mod batch;
mod breaker;
mod check;
mod cloudwatch;
mod command_line;
mod config;
mod dashboards;
mod dead_letters;
mod delivery;
mod demo;
mod deploy;
mod documents;
mod drain;
mod envelopes;
mod fair;
mod fifo;
mod gather;
mod handlers;
mod late_heartbeats;
mod lease;
mod local;
mod long_texts;
mod objectives;
mod overload;
mod page;
mod payloads;
mod periodic_tasks;
mod plain_words;
mod process;
mod readiness;
mod rejects;
mod repository;
mod routes;
mod rules;
mod scrape;
mod security;
mod series;
mod settling;
mod shared_limit;
mod sqs;
mod support;
