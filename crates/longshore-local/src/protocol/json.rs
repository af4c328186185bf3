//! The body of an AWS JSON 1.0 request.

use serde::de::DeserializeOwned;

use super::unreadable;
use crate::refusal::Refusal;

/// Parses a JSON object, or nothing for a request without parameters. It checks for an object
/// first, because serde also accepts an array for a struct.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(unreadable("The body of the request is not a JSON object."));
    }
    serde_json::from_slice(body)
        .map_err(|error| unreadable(&format!("The body of the request is invalid: {error}")))
}
