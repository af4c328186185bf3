//! From what the configuration says to a handler that works.

use super::AnyHandler;
use super::command::{CommandError, CommandHandler};
use super::http::{HttpError, HttpHandler};
use crate::config::HandlerConfig;

/// Why a configured handler cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The command cannot be one.
    #[error("handler.command: {0}")]
    Command(#[from] CommandError),
    /// The URL cannot be called.
    #[error("handler.http: {0}")]
    Http(#[from] HttpError),
}

/// The handler that a configuration names. Neither starts a program nor opens a connection: whether
/// the other side is there shows with the first message.
pub fn from_config(config: &HandlerConfig) -> Result<AnyHandler, HandlerError> {
    Ok(match config {
        HandlerConfig::Command(argv) => AnyHandler::new(CommandHandler::new(argv.clone())?),
        HandlerConfig::Http(url) => AnyHandler::new(HttpHandler::new(url)?),
    })
}
