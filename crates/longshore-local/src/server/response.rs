//! HTTP responses: results, errors of SQS, and the refusal of the older Query protocol.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::refusal::Refusal;

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

pub(super) type HttpResponse = Response<Full<Bytes>>;

/// The result of an action.
pub(super) fn success(json: Vec<u8>) -> HttpResponse {
    new_response(StatusCode::OK, JSON, json)
}

/// The error of an action.
pub(super) fn refusal(refusal: &Refusal) -> HttpResponse {
    let shape = refusal.shape();
    let body = serde_json::json!({ "__type": shape.wire_type(), "message": refusal.message() });
    let status = StatusCode::from_u16(shape.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = new_response(status, JSON, body.to_string());
    let party = if shape.senders_fault() { "Sender" } else { "Receiver" };
    if let Ok(query_error) = HeaderValue::try_from(format!("{};{party}", shape.code)) {
        response.headers_mut().insert(QUERY_ERROR, query_error);
    }
    response
}

/// An error in the XML form of the Query protocol, so that an SDK that still uses it shows the
/// message.
pub(super) fn query_protocol_refusal() -> HttpResponse {
    let body = "<?xml version=\"1.0\"?>\
        <ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>\
        <Code>UnsupportedProtocol</Code><Message>This request uses the older Query protocol. The local queue \
        supports only the AWS JSON 1.0 protocol. Use an AWS SDK released since November 2023.</Message></Error></ErrorResponse>";
    new_response(StatusCode::BAD_REQUEST, HeaderValue::from_static("text/xml"), body)
}

/// A response with a new request id.
pub(super) fn new_response(
    status: StatusCode,
    kind: HeaderValue,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, kind);
    let mut buffer = uuid::Uuid::encode_buffer();
    let id = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}
