//! Finds the action of a request and its parameters, in either protocol.

use bytes::Bytes;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;

use super::response::{self, HttpResponse};
use crate::action::Action;
use crate::protocol::{Form, Parameters, Protocol};
use crate::refusal::{Reason, Refusal};

pub(super) const TARGET: &str = "x-amz-target";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A request without an action of SQS.
pub(super) struct Unknown {
    protocol: Protocol,
    refusal: Refusal,
}

impl Unknown {
    pub(super) fn response(&self) -> HttpResponse {
        response::refusal(self.protocol, &self.refusal)
    }
}

/// A request with a target is JSON. Any other is a Query request if it is a form or if its URL has
/// an action.
pub(super) fn find<'a>(head: &Parts, body: &'a Bytes) -> Result<(Action, Parameters<'a>), Unknown> {
    let text = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let unknown = |protocol, refusal| Unknown { protocol, refusal };
    if let Some(target) = text(TARGET) {
        let name = target.strip_prefix("AmazonSQS.").filter(|_| head.method == Method::POST);
        let action = name.and_then(Action::from_name);
        let action = action.ok_or_else(|| unknown(Protocol::Json, unknown_target(target)))?;
        return Ok((action, Parameters::Json(body)));
    }
    let is_form = text(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with(FORM));
    let query = head.uri.query().unwrap_or_default();
    let form = Form::parse(query, if is_form { body } else { b"" })
        .map_err(|refusal| unknown(Protocol::Query, refusal))?;
    let Some(name) = form.text("Action") else {
        return Err(match is_form {
            true => unknown(Protocol::Query, missing_action()),
            false => unknown(Protocol::Json, unknown_target("")),
        });
    };
    let action =
        Action::from_name(name).ok_or_else(|| unknown(Protocol::Query, invalid_action(name)))?;
    Ok((action, Parameters::Query(form.into_parameters(head.uri.path()))))
}

fn unknown_target(target: &str) -> Refusal {
    let message = format!(
        "Unknown X-Amz-Target {target:?}. Send a POST request with the target AmazonSQS.ACTION, where ACTION is an action of SQS."
    );
    Refusal::new(Reason::UnknownOperationException, message)
}

fn missing_action() -> Refusal {
    let message = "The request must contain the parameter Action.";
    Refusal::new(Reason::MissingAction, message)
}

fn invalid_action(name: &str) -> Refusal {
    let message = format!("The action {name} is not valid for this endpoint.");
    Refusal::new(Reason::InvalidAction, message)
}
