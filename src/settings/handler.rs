//! The handler that a configuration names.

use longshore::AnyHandler;
use longshore::handler::{CommandError, CommandHandler, HttpError, HttpHandler};

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
            Self::Command { words, stderr } => {
                AnyHandler::new(CommandHandler::new(words.clone())?.stderr(*stderr))
            }
            Self::Http(url) => AnyHandler::new(HttpHandler::new(url)?),
        })
    }
}
