//! The tags of a queue.

use crate::checks::judging::Policies;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::{Fix, quoted};
use crate::queue::Queue;

/// The required tags. Without any, at least one tag.
pub(in crate::checks) fn tags(queue: &Queue, policies: &Policies) -> Verdict {
    let Some(tags) = &queue.tags else { return Verdict::Unknown("the tags of the queue") };
    let missing: Vec<_> =
        policies.tags.iter().filter(|tag| !tags.contains_key(*tag)).map(String::as_str).collect();
    let (evidence, wanted) = match policies.tags.as_slice() {
        [] if tags.is_empty() => {
            let evidence =
                "The queue has no tags, so its costs belong to no team in the cost reports.";
            (evidence.to_owned(), vec!["team"])
        }
        [] => return Verdict::Fine,
        _ if missing.is_empty() => return Verdict::Fine,
        _ => (format!("It lacks the required tags {}.", missing.join(", ")), missing),
    };
    let words: Vec<_> = wanted.iter().map(|tag| quoted(&format!("{tag}=…"))).collect();
    let lines: Vec<_> = wanted.iter().map(|tag| format!("  {tag:?} = \"…\"")).collect();
    let text = "Tag it, so that its costs and its owner can be found.";
    let fix = Fix::command(queue, text, "tag-queue", &format!("--tags {}", words.join(" ")))
        .with_terraform(format!("tags = {{\n{}\n}}", lines.join("\n")));
    Problem::exact(Severity::Low, evidence, fix).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_tags_are_named() {
        let policies =
            Policies { tags: vec!["team".to_owned(), "cost".to_owned()], ..Policies::default() };
        let Verdict::Problem(problem) = tags(&Queue::example("orders"), &policies) else {
            panic!("a tag is missing");
        };
        assert_eq!(problem.evidence, "It lacks the required tags cost.");
    }

    #[test]
    fn any_tag_is_enough_if_none_is_required() {
        let mut queue = Queue::example("orders");
        assert_eq!(tags(&queue, &Policies::default()), Verdict::Fine);
        queue.tags = Some([].into());
        assert!(matches!(tags(&queue, &Policies::default()), Verdict::Problem(_)));
    }
}
