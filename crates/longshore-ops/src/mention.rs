//! Where a file mentions the label `cluster`. Each mention gets a copy for every additional label
//! of a site, so the file groups, joins, filters, describes and links by all of them.

use crate::SiteLabels;

/// The label that every file already handles as the label of a site.
pub(crate) const MODEL: &str = "cluster";

/// A form in which files mention the model.
struct Form {
    start: &'static str,
    /// The first text after the start with which the mention ends.
    end: &'static str,
    /// What must follow, and is not part of the mention.
    before: &'static str,
    /// What separates a copy from the next one.
    separator: Separator,
}

enum Separator {
    Text(&'static str),
    /// A line break with the indentation of the current line.
    Line,
}

const FORMS: &[Form] = &[
    // The lists of `by`, `on`, `equal` and `group_by`.
    form("cluster", "", ", namespace", Separator::Text(", ")),
    // A selector of a dashboard.
    form("cluster=~\"$cluster", "\"", "", Separator::Text(", ")),
    // A legend.
    form("{{cluster", "}}", "", Separator::Text(" ")),
    // A link between dashboards.
    form("${cluster:", "}", "", Separator::Text("&")),
    // A link of an alert, and a sentence of its description.
    form("{{ with $labels.cluster }}", "{{ end }}", "", Separator::Text("")),
    form("{{- with $labels.cluster }}", "{{ end }}", "", Separator::Line),
    // The same in Grafana-managed rules.
    form("{{ with .Labels.cluster }}", "{{ end }}", "", Separator::Text("")),
    form("{{- with .Labels.cluster }}", "{{ end }}", "", Separator::Line),
];

const fn form(
    start: &'static str,
    end: &'static str,
    before: &'static str,
    separator: Separator,
) -> Form {
    Form { start, end, before, separator }
}

/// The text, with a copy of each mention for every label, before the mention itself.
pub(crate) fn copy_mentions(text: &str, labels: &SiteLabels) -> String {
    let mut result = String::with_capacity(2 * text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MODEL_START) {
        let (before, here) = rest.split_at(at);
        result += before;
        let found = FORMS.iter().find_map(|form| Some((form, form.length_at(here)?)));
        let length = match found {
            Some((form, length)) => {
                let separator = form.separator.text(&result);
                for label in labels.names() {
                    result += &renamed(&here[..length], label);
                    result += &separator;
                }
                length
            }
            None => here.chars().next().map_or(0, char::len_utf8),
        };
        result += &here[..length];
        rest = &here[length..];
    }
    result + rest
}

/// The characters with which a form starts.
const MODEL_START: [char; 3] = ['c', '{', '$'];

impl Form {
    /// The length of the mention, if the text starts with one of this form.
    fn length_at(&self, text: &str) -> Option<usize> {
        let inner = text.strip_prefix(self.start)?;
        let length = self.start.len() + inner.find(self.end)? + self.end.len();
        text[length..].starts_with(self.before).then_some(length)
    }
}

impl Separator {
    fn text(&self, written: &str) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Line => {
                let line = written.rsplit('\n').next().unwrap_or_default();
                let indent = line.len() - line.trim_start().len();
                format!("\n{}", " ".repeat(indent))
            }
        }
    }
}

/// The mention with another label, also at the start of a sentence.
pub(crate) fn renamed(mention: &str, label: &str) -> String {
    let mut result = String::new();
    let mut rest = mention;
    while let Some(at) = rest.to_ascii_lowercase().find(MODEL) {
        result += &rest[..at];
        let is_title = rest[at..].starts_with('C');
        result += &if is_title { title(label) } else { label.to_owned() };
        rest = &rest[at + MODEL.len()..];
    }
    result + rest
}

fn title(label: &str) -> String {
    format!("{}{}", label[..1].to_uppercase(), &label[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(text: &str) -> String {
        copy_mentions(text, &"ecs_Cluster,env".parse().unwrap())
    }

    #[test]
    fn each_form_gets_a_copy_for_each_label() {
        for (text, expected) in [
            (
                "sum by (cluster, namespace, job) (a)",
                "sum by (ecs_Cluster, env, cluster, namespace, job) (a)",
            ),
            ("equal: [cluster, namespace]", "equal: [ecs_Cluster, env, cluster, namespace]"),
            (
                r#"{cluster=~"$cluster", job="a"}"#,
                r#"{ecs_Cluster=~"$ecs_Cluster", env=~"$env", cluster=~"$cluster", job="a"}"#,
            ),
            ("{{job}} {{cluster}}", "{{job}} {{ecs_Cluster}} {{env}} {{cluster}}"),
            (
                "?a&${cluster:queryparam}",
                "?a&${ecs_Cluster:queryparam}&${env:queryparam}&${cluster:queryparam}",
            ),
            (
                "?a{{ with $labels.cluster }}&var-cluster={{ . }}{{ end }}",
                "?a{{ with $labels.ecs_Cluster }}&var-ecs_Cluster={{ . }}{{ end }}\
                 {{ with $labels.env }}&var-env={{ . }}{{ end }}\
                 {{ with $labels.cluster }}&var-cluster={{ . }}{{ end }}",
            ),
            (
                "text.\n  {{- with $labels.cluster }} Cluster: {{ . }}.{{ end }}\n",
                "text.\n  {{- with $labels.ecs_Cluster }} Ecs_Cluster: {{ . }}.{{ end }}\n  \
                 {{- with $labels.env }} Env: {{ . }}.{{ end }}\n  \
                 {{- with $labels.cluster }} Cluster: {{ . }}.{{ end }}\n",
            ),
        ] {
            assert_eq!(copied(text), expected);
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in
            ["", "clusters", "for any cluster of version 1.29", "{{ $labels.queue }}", "é{c"]
        {
            assert_eq!(copied(text), text);
        }
    }
}
