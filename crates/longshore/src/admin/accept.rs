//! What a client accepts: the header `Accept`, and those like it.

use axum::http::HeaderMap;
use axum::http::header::HeaderName;

/// The values of the header, each with its weight: 1 if it has none, 0 if that is no number.
pub(super) fn weights(
    headers: &HeaderMap,
    header: HeaderName,
) -> impl Iterator<Item = (&str, f32)> {
    let values = headers.get_all(header).into_iter();
    let values = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    values.filter_map(|value| {
        let mut parts = value.split(';').map(str::trim);
        let name = parts.next()?;
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        Some((name, weight.map_or(Ok(1.0), str::parse).unwrap_or(0.0)))
    })
}

/// The largest weight of the values that fit.
pub(super) fn weight(headers: &HeaderMap, header: HeaderName, fits: impl Fn(&str) -> bool) -> f32 {
    let fitting = weights(headers, header).filter(|(name, _)| fits(name));
    fitting.map(|(_, weight)| weight).fold(0.0, f32::max)
}
