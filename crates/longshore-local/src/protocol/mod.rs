//! How the parameters and the result of an action are written: as JSON, or as the form and the XML
//! of the older Query protocol. An action reads and answers with the same structs in both.

mod form;
mod form_names;
mod json;
mod xml;
mod xml_names;

pub(crate) use form::Form;
pub(crate) use xml::{error_document, list_element, result_document};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::action::Action;
use crate::refusal::{Reason, Refusal};

/// One of the two protocols of SQS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.0.
    Json,
    /// The older protocol: forms, and answers in XML.
    Query,
}

/// The parameters of a request.
#[derive(Debug)]
pub(crate) enum Parameters<'a> {
    /// The body of an AWS JSON 1.0 request.
    Json(&'a [u8]),
    /// The form of a Query request, in the structure of the JSON body.
    Query(Value),
}

impl Parameters<'_> {
    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::Json(_) => Protocol::Json,
            Self::Query(_) => Protocol::Query,
        }
    }

    /// The parameters as the struct of the action.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        match self {
            Self::Json(body) => json::read(body),
            Self::Query(parameters) => T::deserialize(parameters)
                .map_err(|error| unreadable(&format!("A parameter is invalid: {error}"))),
        }
    }

    /// The result of an action, in the protocol of its request. For Query, it is the content of the
    /// result element.
    pub(crate) fn write(
        &self,
        action: Action,
        response: &impl Serialize,
    ) -> Result<Vec<u8>, Refusal> {
        let failure =
            |error: serde_json::Error| Refusal::new(Reason::InternalFailure, error.to_string());
        match self {
            Self::Json(_) => serde_json::to_vec(response).map_err(failure),
            Self::Query(_) => {
                Ok(xml::result(action, &serde_json::to_value(response).map_err(failure)?))
            }
        }
    }

    /// The answer of an action without a result.
    pub(crate) fn nothing(&self) -> Vec<u8> {
        match self {
            Self::Json(_) => b"{}".to_vec(),
            Self::Query(_) => Vec::new(),
        }
    }
}

fn unreadable(why: &str) -> Refusal {
    Refusal::new(Reason::SerializationException, why.to_owned())
}
