//! The routes of a queue: `[[queue.route]]`.

use std::ops::Range;

use longshore::handler::{Condition, MAX_ROUTES, ROUTE_NAME, is_route_name};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::handler::HandlerConfig;
use super::handler_section;
use super::place::{Place, Source};
use super::problem::Problem;
use super::queue_settings::{RouteConfig, Unrouted};
use super::section::{Layer, LayerKind, Reported, Section, join};
use super::setting::{RawValue, Setting};
use super::unknown;

impl Setting for Unrouted {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        match raw.text() {
            Some("handler") => Ok(Self::Handler),
            Some("reject") => Ok(Self::Reject),
            Some("retry") => Ok(Self::Retry),
            Some(_) | None => Err("\"handler\", \"reject\" or \"retry\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        let text = match self {
            Self::Handler => "handler",
            Self::Reject => "reject",
            Self::Retry => "retry",
        };
        text.to_owned()
    }
}

/// A route before it is checked.
pub(super) struct RouteDraft {
    /// What its keys begin with in the group of the queue.
    pub(super) prefix: String,
    pub(super) name: String,
    pub(super) condition: Option<Condition>,
    pub(super) handler: Option<HandlerConfig>,
}

impl RouteDraft {
    /// A route without problems.
    pub(super) fn checked(self) -> RouteConfig {
        let expected = "a problem was reported";
        let (condition, handler) = (self.condition.expect(expected), self.handler.expect(expected));
        RouteConfig { name: self.name, condition, handler }
    }
}

/// Whether the queue has routes, sound ones or not.
pub(super) fn are_in(queue: &Section<'_, '_>) -> bool {
    value(queue).is_some()
}

fn value<'a>(queue: &Section<'_, 'a>) -> Option<&'a Spanned<DeValue<'a>>> {
    queue.layers.iter().find_map(|layer| match layer.kind {
        LayerKind::Table(table, _) if layer.path == queue.group => table.get("route"),
        LayerKind::Table(..) | LayerKind::Flags | LayerKind::Variables => None,
    })
}

/// Reads the routes of a queue in their order.
pub(super) fn read(queue: &mut Section<'_, '_>) -> Vec<RouteDraft> {
    let path = join(&queue.group, "route");
    queue.reader.keys.insert(path.clone());
    let Some(value) = value(queue) else { return Vec::new() };
    let routes = tables(queue, &path, value);
    let mut drafts: Vec<RouteDraft> = Vec::new();
    for (index, (table, start)) in routes.iter().enumerate() {
        let name = table.get("name").and_then(|name| name.get_ref().as_str());
        let is_new = |name: &&str| drafts.iter().all(|draft| draft.name != **name);
        let label = match name.filter(|name| is_route_name(name)).filter(is_new) {
            Some(name) => format!("route.{name}"),
            None => format!("route #{}", index + 1),
        };
        let draft = route(section(queue, &label, table, *start));
        if drafts.iter().any(|other| other.name == draft.name && !draft.name.is_empty()) {
            let name = table.get("name").map_or(*start..*start, Spanned::span);
            let found = format!("a second route with the name `{}`", draft.name);
            report(queue, name, &join(&path, "name"), found, "a name that no other route has");
        }
        drafts.push(draft);
    }
    drafts
}

/// The tables of `[[queue.route]]`, and their offsets.
fn tables<'a>(
    queue: &mut Section<'_, 'a>,
    path: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Vec<(&'a DeTable<'a>, usize)> {
    let table = |route: &'a Spanned<DeValue<'a>>| {
        route.get_ref().as_table().map(|table| (table, route.span().start))
    };
    let routes: Option<Vec<_>> =
        value.get_ref().as_array().and_then(|routes| routes.iter().map(table).collect());
    let Some(routes) = routes else {
        let found = queue.reader.document.map(|document| document.excerpt(value.span()));
        let expected = "[[queue.route]] with two brackets, below the [[queue]] that it belongs to";
        report(queue, value.span(), path, found.unwrap_or_default(), expected);
        return Vec::new();
    };
    if !(1..=MAX_ROUTES).contains(&routes.len()) {
        let found = format!("{} routes", routes.len());
        let expected = format!("1 to {MAX_ROUTES}, because each has series of its own");
        report(queue, value.span(), path, found, &expected);
    }
    routes
}

/// The section of one route: the file, and flags that override it.
fn section<'s, 'a>(
    queue: &'s mut Section<'_, 'a>,
    label: &str,
    table: &'a DeTable<'a>,
    start: usize,
) -> Section<'s, 'a> {
    let kinds = [LayerKind::Flags, LayerKind::Table(table, start)];
    let path = join(&queue.group, label);
    let layers = kinds.map(|kind| Layer { kind, path: path.clone() }).to_vec();
    let (group, prefix) = (queue.group.clone(), format!("{label}."));
    Section { reader: queue.reader, group, prefix, layers }
}

fn route(mut section: Section<'_, '_>) -> RouteDraft {
    let mut name = String::new();
    section.set("name", &mut name);
    if name.is_empty() {
        section.report_missing("a route without a name", &format!("name: {ROUTE_NAME}"));
    }
    let condition = condition(&mut section).ok();
    let handler = handler_section::read(section.child("handler"));
    if let Ok(None) = handler {
        section.report_missing("a route without a handler", "handler = { http = \"http://…\" }");
    }
    let tables: Vec<_> = section
        .layers
        .iter()
        .filter_map(|layer| match layer.kind {
            LayerKind::Table(table, _) => Some((table, layer.path.clone())),
            LayerKind::Flags | LayerKind::Variables => None,
        })
        .collect();
    for (table, path) in tables {
        unknown::refuse_in(section.reader, table, &path);
    }
    let prefix = section.prefix.clone();
    RouteDraft { prefix, name, condition, handler: handler.ok().flatten() }
}

/// Which messages the route takes.
fn condition(section: &mut Section<'_, '_>) -> Result<Condition, Reported> {
    let (place, test) =
        (section.one_of(&["attribute", "body"]), section.one_of(&["equal", "prefix", "exists"]));
    let Some(place) = place? else {
        section.report_missing(
            "a route without attribute and body",
            "one of them: the name of a message attribute, or a JSON pointer such as \"/type\"",
        );
        return Err(Reported);
    };
    let mut at = String::new();
    section.set(place, &mut at);
    let condition = if place == "attribute" {
        Condition::attribute(at)
    } else {
        Condition::body(at).map_err(|invalid| {
            section.refuse(place, &invalid.to_string());
            Reported
        })?
    };
    let Some(test) = test? else {
        section.report_missing(
            "a route without equal, prefix and exists",
            "one of them: a text, the beginning of a text, or exists = true",
        );
        return Err(Reported);
    };
    let (mut text, mut exists) = (String::new(), true);
    match test {
        "equal" => section.set(test, &mut text),
        "prefix" => section.set(test, &mut text),
        _ => section.set(test, &mut exists),
    }
    if !exists {
        section.refuse(
            test,
            "true; the messages that no route takes have their own setting, unrouted",
        );
        return Err(Reported);
    }
    Ok(match test {
        "equal" => condition.equals(text),
        "prefix" => condition.starts_with(text),
        _ => condition,
    })
}

fn report(
    queue: &mut Section<'_, '_>,
    span: Range<usize>,
    key: &str,
    found: String,
    expected: &str,
) {
    let source = queue.reader.document.map_or(Source::Default, |document| document.source(&span));
    let place = Place { source, key: key.to_owned() };
    queue.reader.report(Problem { place, found, expected: expected.to_owned() });
}
