//! The handlers against real processes and real sockets.

mod batch;
mod command;
mod command_stopping;
mod http;
mod http_headers;
mod http_property;
mod lambda;
mod lambda_runtime;
mod scene;
