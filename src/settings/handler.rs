//! The handler that a configuration names.

use longshore::AnyHandler;
use longshore::handler::{
    AnyBatchHandler, CommandError, CommandHandler, HttpError, HttpHandler, Stderr,
};

use super::config::HandlerConfig;

/// Why a configured handler cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The program cannot be used.
    #[error("handler.command: {0}")]
    Command(#[from] CommandError),
    /// The URL cannot be used.
    #[error("handler.http: {0}")]
    Http(#[from] HttpError),
}

impl HandlerConfig {
    /// Makes the handler. Neither starts a program nor opens a connection: whether the handler is
    /// reachable shows with the first message.
    ///
    /// # Errors
    /// If the program or the URL cannot be used.
    pub fn build(&self) -> Result<AnyHandler, HandlerError> {
        Ok(match self {
            Self::Command { words, stderr } => AnyHandler::new(command(words, *stderr)?),
            Self::Http(url) => AnyHandler::new(HttpHandler::new(url)?),
        })
    }

    /// Makes the handler for a queue with batches.
    ///
    /// # Errors
    /// If the program or the URL cannot be used.
    pub fn build_for_batches(&self) -> Result<AnyBatchHandler, HandlerError> {
        Ok(match self {
            Self::Command { words, stderr } => AnyBatchHandler::new(command(words, *stderr)?),
            Self::Http(url) => AnyBatchHandler::new(HttpHandler::new(url)?),
        })
    }
}

fn command(words: &[String], stderr: Stderr) -> Result<CommandHandler, CommandError> {
    Ok(CommandHandler::new(words.to_vec())?.stderr(stderr))
}
