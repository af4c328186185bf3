//! How the text of a response is encoded. The metrics of 100 queues are more than 4 MB of text, and
//! gzip makes them 20 times smaller.

use std::convert::Infallible;
use std::io::Write as _;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderName, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::accept::weight;

/// The encoding that a client accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    /// gzip, if the client accepts it.
    fn accepted(headers: &HeaderMap) -> Self {
        let gzip = weight(headers, ACCEPT_ENCODING, |coding| coding.eq_ignore_ascii_case("gzip"));
        if gzip > 0.0 { Self::Gzip } else { Self::Identity }
    }

    pub(super) fn encode(self, text: String) -> Bytes {
        match self {
            Self::Identity => text.into(),
            // The fastest level: the endpoint has one thread, and other levels save little.
            Self::Gzip => {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
                let written = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish());
                written.expect("a Vec takes all that is written to it").into()
            }
        }
    }

    /// The headers that name the encoding.
    pub(super) fn headers(self) -> HeaderMap {
        let vary = (VARY, HeaderValue::from_static("accept-encoding"));
        let gzip = (CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        [vary].into_iter().chain((self == Self::Gzip).then_some(gzip)).collect()
    }

    /// A response with this text.
    pub(super) fn response<const N: usize>(
        self,
        headers: [(HeaderName, &'static str); N],
        text: String,
    ) -> Response {
        (headers, self.headers(), self.encode(text)).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for Encoding {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::accepted(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    fn accepted(value: &'static str) -> Encoding {
        let header = (ACCEPT_ENCODING, HeaderValue::from_static(value));
        Encoding::accepted(&HeaderMap::from_iter([header]))
    }

    #[test]
    fn gzip_is_used_if_the_client_accepts_it() {
        for value in ["gzip", "deflate, GZIP", "br;q=1.0, gzip;q=0.5", "identity, gzip ; q=1"] {
            assert_eq!(accepted(value), Encoding::Gzip, "{value}");
        }
        for value in ["", "identity", "gzip;q=0", "gzip; q=0.0, br", "x-gzip", "gzip;q=high"] {
            assert_eq!(accepted(value), Encoding::Identity, "{value}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn the_encoded_text_is_the_text() {
        let text = "longshore_pollers{queue=\"orders\"} 1\n".repeat(10_000);
        let encoded = Encoding::Gzip.encode(text.clone());
        assert!(encoded.len() * 20 < text.len(), "{}", encoded.len());
        let mut decoded = String::new();
        GzDecoder::new(&*encoded).read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, text);
    }
}
