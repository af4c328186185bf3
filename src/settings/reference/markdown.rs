//! The reference as a page.

use std::fmt::Write as _;

use super::defaults::{Known, known};
use super::key::{Key, Kind};
use super::route_keys::ROUTE;
use super::table::{ADDRESS, LABEL, PROCESS, queue_keys};

const INTRODUCTION: &str = "\
# Configuration

Look up a setting of `longshore run`: its key in `longshore.toml`, its type, its default, and its
environment variable. `longshore check` shows each value in effect and where it comes from.

```toml
# longshore.toml
[[queue]]
name = \"orders\"
handler = { http = \"http://127.0.0.1:8080/\" }
```

- A value comes from a flag, an environment variable, the file, or the default, in this order. Flags:
  `--set KEY=VALUE`, such as `--set shutdown.grace=25s`, and the short flags of `longshore run --help`.
- `[defaults]` has the keys of a queue for all queues. A key of `[[queue]]` has precedence.
- Unknown keys are errors, and all errors are reported at once.
- Durations have a unit: `\"500ms\"`, `\"20s\"`, `\"1m 30s\"`. The maximum is a day.
- [examples/config/complete.toml](../examples/config/complete.toml) has every key.
- Editors complete and check the file with [longshore.schema.json](longshore.schema.json). With Taplo or Even
  Better TOML, add a first line: `#:schema https://raw.githubusercontent.com/longshore/longshore/main/docs/longshore.schema.json`.

`LONGSHORE_CONFIG` names the file, `LONGSHORE_LOG_LEVEL` and `LONGSHORE_LOG_FORMAT` set the log.
";

const ROUTES: &str = "
## `[[queue.route]]`

A route gives its messages a handler of their own: see [Routes](routes.md). It has the keys of `handler` as a
queue has them, except `handler.timeout`. The first route that takes a message gets it.

| key | type | meaning |
| --- | --- | --- |
";

/// The reference of all settings, as Markdown.
pub fn markdown() -> String {
    let known = known();
    let mut text = INTRODUCTION.to_owned();
    let mut section = "";
    for key in PROCESS {
        let (here, _) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        if here != section || key.path == PROCESS[0].path {
            section = here;
            let title =
                if here.is_empty() { "Top level".to_owned() } else { format!("`[{here}]`") };
            heading(&mut text, &title);
        }
        row(&mut text, key, key.path[section.len()..].trim_start_matches('.'), &known, "");
    }
    heading(&mut text, "`[[queue]]`: the queue");
    ADDRESS.iter().chain([&LABEL]).for_each(|key| row(&mut text, key, key.path, &known, "queue."));
    heading(&mut text, "`[[queue]]` and `[defaults]`");
    queue_keys().for_each(|key| row(&mut text, key, key.path, &known, "queue."));
    text.push_str(ROUTES);
    for Key { path, kind: type_, description, .. } in ROUTE {
        writeln!(text, "| `{path}` | {} | {description} |", kind(*type_))
            .expect("writing to a String does not fail");
    }
    text
}

fn heading(text: &mut String, title: &str) {
    write!(
        text,
        "\n## {title}\n\n| key | type | default | meaning | environment variable |\n\
         | --- | --- | --- | --- | --- |\n"
    )
    .expect("writing to a String does not fail");
}

fn row(text: &mut String, key: &Key, name: &str, known: &Known, prefix: &str) {
    let default = match known.defaults.get(&format!("{prefix}{}", key.path)).map(String::as_str) {
        None | Some("not set") => "".to_owned(),
        Some(value) => format!("`{value}`"),
    };
    let variable = |path: &str| format!("`LONGSHORE_{}`", path.replace('.', "_").to_uppercase());
    let own = match prefix {
        "" => variable(key.path),
        _ if is_address(key) => String::new(),
        _ => variable(&format!("defaults.{}", key.path)),
    };
    let standard = key.standard.map(|name| format!(", `{name}`")).unwrap_or_default();
    let (kind, meaning) = (kind(key.kind), key.description);
    writeln!(text, "| `{name}` | {kind} | {default} | {meaning} | {own}{standard} |")
        .expect("writing to a String does not fail");
}

/// Each queue has an address of its own, so `[defaults]` and its variables have none.
fn is_address(key: &Key) -> bool {
    ADDRESS.iter().any(|address| address.path == key.path)
}

fn kind(kind: Kind) -> String {
    let quoted = |values: &[&str]| {
        let quoted: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
        quoted.join(", ")
    };
    match kind {
        Kind::Duration => "duration".to_owned(),
        Kind::Count(least, Some(most)) => format!("whole number, {least} to {most}"),
        Kind::Count(least, None) => format!("whole number, {least} or more"),
        Kind::Number => "number".to_owned(),
        Kind::Boolean => "`true` or `false`".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Url => "URL".to_owned(),
        Kind::Words | Kind::Names => "list of texts".to_owned(),
        Kind::Statuses => "list of statuses: 400 to 499 except 408, 425, 429, 431".to_owned(),
        Kind::Choice(values) => quoted(values),
        Kind::Choices(values) => format!("list of {}", quoted(values)),
    }
}
