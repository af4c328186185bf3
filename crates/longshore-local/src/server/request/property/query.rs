//! Requests of the Query protocol: any form gets an XML document, and a valid one is answered as its
//! JSON is.

use std::cell::RefCell;
use std::collections::BTreeSet;

use bytes::Bytes;
use foreign_input::Input;
use form_urlencoded::Serializer;
use http_body_util::BodyExt as _;
use hyper::Request;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::{Sent, answer, exchange, run, server, target, valid};
use crate::action::Action;
use crate::actions::ServerState;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// The form for a JSON body, as an old SDK writes it.
fn form(action: Action, body: &Value) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", action.name()).append_pair("Version", "2012-11-05");
    for (name, value) in body.as_object().expect("an object") {
        append(&mut form, name, value, action);
    }
    form.finish()
}

fn append(form: &mut Serializer<'_, String>, name: &str, value: &Value, action: Action) {
    let (prefix, own) = name.rsplit_once('.').map_or(("", name), |(prefix, own)| (prefix, own));
    let one = match own {
        "Entries" => format!("{}RequestEntry", action.name()),
        "Actions" => "ActionName".to_owned(),
        "tags" => "Tag".to_owned(),
        own => own.trim_end_matches('s').to_owned(),
    };
    let one = if prefix.is_empty() { one } else { format!("{prefix}.{one}") };
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                append(form, &format!("{one}.{}", index + 1), value, action);
            }
        }
        Value::Object(members) if own.ends_with("ttributes") || own.ends_with("ags") => {
            let key = if own.ends_with("ags") { "Key" } else { "Name" };
            for (index, (name, value)) in members.iter().enumerate() {
                form.append_pair(&format!("{one}.{}.{key}", index + 1), name);
                append(form, &format!("{one}.{}.Value", index + 1), value, action);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                append(form, &format!("{name}.{member}"), value, action);
            }
        }
        Value::String(text) => drop(form.append_pair(name, text)),
        other => drop(form.append_pair(name, &other.to_string())),
    }
}

/// The status and the names of the elements of the response.
async fn elements(server: &ServerState, uri: &str, form: &[u8]) -> Option<(u16, Vec<String>)> {
    let request = Request::builder().method("POST").uri(uri).header("content-type", FORM);
    let (head, ()) = request.body(()).ok()?.into_parts();
    let response =
        answer(server, &head, None, &Bytes::from(form.to_vec())).await.expect("no fault closes it");
    let status = response.status().as_u16();
    let Ok(body) = response.into_body().collect().await;
    let body = String::from_utf8(body.to_bytes().to_vec()).expect("XML is text");
    let (mut reader, mut names, mut depth) = (Reader::from_str(&body), Vec::new(), 0);
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(element) => {
                names.push(element.local_name().as_ref().to_owned());
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{body}");
    Some((status, names))
}

#[test]
fn any_form_is_answered_with_a_document() {
    let statuses = RefCell::new(BTreeSet::new());
    let requests = (select(Action::ALL), any::<bool>()).prop_flat_map(|(action, fifo)| {
        let form = form(action, &valid::body(action, fifo));
        (Just(action), foreign_input::text(Just(form)))
    });
    let uri = prop_oneof![4 => Just("/"), 1 => select(&["/000000000000/orders", "/?Action=ListQueues"][..])];
    proptest!(|(requests in vec((requests, uri), 1..8))| {
        run(async {
            let server = server();
            for ((_, form), uri) in requests {
                let Some((status, names)) = elements(&server, uri, form.as_bytes()).await else { continue };
                prop_assert!(matches!(status, 200 | 400 | 403 | 404), "{}", status);
                let root = names.first().map(String::as_str).unwrap_or_default();
                prop_assert_eq!(root == "ErrorResponse", status != 200, "{:?}", names);
                prop_assert!(names.iter().any(|name| name == "RequestId"), "{:?}", names);
                statuses.borrow_mut().insert(status == 200);
            }
            Ok(())
        })?;
    });
    assert_eq!(*statuses.borrow(), [false, true].into());
}

#[test]
fn a_valid_form_is_answered_as_its_json() {
    for (action, fifo) in Action::ALL.iter().flat_map(|action| [(*action, false), (*action, true)])
    {
        let body = valid::body(action, fifo);
        let (json, query) = run(async {
            let sent = Sent {
                method: "POST",
                path: "/",
                headers: vec![("x-amz-target", target(action))],
                body: Input(body.to_string().into_bytes()),
            };
            let json = exchange(&server(), &sent).await.expect("valid").expect("an answer");
            (json, elements(&server(), "/", form(action, &body).as_bytes()).await.expect("valid"))
        });
        assert_eq!(query.0, json.0, "{} {json:?} {query:?}", action.name());
        for (member, value) in json.1.as_object().expect("an object") {
            let has_other_name = ["Successful", "Failed", "__type", "message"].contains(&&**member);
            let is_empty = value.as_array().is_some_and(Vec::is_empty);
            let element = member.trim_end_matches('s');
            let is_there =
                query.1.iter().any(|name| name == member || name.eq_ignore_ascii_case(element));
            let is_right = has_other_name || is_empty || is_there;
            assert!(is_right, "{member} of {} is missing: {query:?}", action.name());
        }
    }
}
