//! The body of an AWS JSON 1.0 request.

use serde::de::DeserializeOwned;

use super::unreadable;
use crate::json;
use crate::refusal::Refusal;

/// Parses a JSON object, or nothing for a request without parameters.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    json::read(body)
        .map_err(|error| unreadable(&format!("The body of the request is invalid: {error}")))
}
