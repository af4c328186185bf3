//! HTTP responses: the results and errors of SQS, in the protocol of the request.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::action::Action;
use crate::protocol::{Protocol, error_document, result_document};
use crate::random_id::random_id;
use crate::refusal::Refusal;

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const XML: HeaderValue = HeaderValue::from_static("text/xml");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

pub(super) type HttpResponse = Response<Full<Bytes>>;

/// The result of an action.
pub(super) fn success(protocol: Protocol, action: Action, result: Vec<u8>) -> HttpResponse {
    let id = RequestId::new();
    match protocol {
        Protocol::Json => id.response(StatusCode::OK, JSON, result),
        Protocol::Query => {
            let document = result_document(action, &result, id.text());
            id.response(StatusCode::OK, XML, document)
        }
    }
}

/// The error of an action.
pub(super) fn refusal(protocol: Protocol, refusal: &Refusal) -> HttpResponse {
    let (id, shape, status) = (RequestId::new(), refusal.shape(), status(refusal));
    if protocol == Protocol::Query {
        return id.response(status, XML, error_document(refusal, id.text()));
    }
    let body = serde_json::json!({ "__type": shape.wire_type(), "message": refusal.message() });
    let mut response = id.response(status, JSON, body.to_string());
    let party = if shape.senders_fault() { "Sender" } else { "Receiver" };
    if let Ok(query_error) = HeaderValue::try_from(format!("{};{party}", shape.code)) {
        response.headers_mut().insert(QUERY_ERROR, query_error);
    }
    response
}

/// The HTTP status of an error.
pub(super) fn status(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.shape().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A response with its request id in the body.
pub(super) fn with_id(
    status: StatusCode,
    kind: HeaderValue,
    body: impl FnOnce(&str) -> String,
) -> HttpResponse {
    let id = RequestId::new();
    id.response(status, kind, body(id.text()))
}

/// A response that is not of SQS.
pub(super) fn new_response(
    status: StatusCode,
    kind: HeaderValue,
    body: impl Into<Bytes>,
) -> HttpResponse {
    RequestId::new().response(status, kind, body)
}

/// The id of a request, in a header and in XML documents.
struct RequestId([u8; uuid::fmt::Hyphenated::LENGTH]);

impl RequestId {
    fn new() -> Self {
        let mut buffer = [0; uuid::fmt::Hyphenated::LENGTH];
        random_id().hyphenated().encode_lower(&mut buffer);
        Self(buffer)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn response(
        &self,
        status: StatusCode,
        kind: HeaderValue,
        body: impl Into<Bytes>,
    ) -> HttpResponse {
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, kind);
        if let Ok(id) = HeaderValue::from_bytes(&self.0) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }
}
