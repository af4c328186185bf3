//! The access policy of a queue.

use serde_json::json;

use crate::checks::judging::Policies;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{Policy, Queue, Setting, Statement};

/// Conditions that name the resource or the account for which a service acts.
const SOURCES: &[&str] = &[
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:PrincipalOrgID",
];

/// Services that act for resources of any account.
const SERVICES: &[&str] = &["sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"];

/// Judges the policy of a queue. Without one, only its account has access.
fn by_policy(queue: &Queue, judge: impl FnOnce(&Policy) -> Verdict) -> Verdict {
    match &queue.policy {
        Setting::Known(policy) => judge(policy),
        Setting::Unset => Verdict::Fine,
        Setting::Unknown => Verdict::Unknown("the access policy"),
    }
}

/// The allowing statements for which this is true, by name.
fn named(policy: &Policy, is: impl Fn(&Statement) -> bool) -> Vec<String> {
    let statements = policy.statements.iter().enumerate();
    statements
        .filter(|(_, statement)| statement.allows() && is(statement))
        .map(|(index, statement)| statement.name(index))
        .collect()
}

fn change(queue: &Queue, text: &str) -> Fix {
    let text = match queue.url() {
        Some(_) => format!("{text} The command shows the policy."),
        None => text.to_owned(),
    };
    let fix = Fix::command(queue, text, "get-queue-attributes", "--attribute-names Policy");
    fix.with_terraform("# in the aws_sqs_queue_policy of this queue")
}

/// A statement that allows everyone, or every action.
pub(in crate::checks) fn open_policy(queue: &Queue, _: &Policies) -> Verdict {
    by_policy(queue, |policy| {
        let everyone = named(policy, |one| one.is_for_everyone() && !one.limits_callers());
        let not_principal = named(policy, Statement::has_not_principal);
        let all_actions =
            named(policy, |one| one.is_for_all_actions() && !is_for_owner(queue, one));
        let mut evidence = Vec::new();
        if !everyone.is_empty() {
            evidence.push(format!(
                "{} allows everyone, without a condition that limits the callers.",
                everyone.join(", ")
            ));
        }
        if !not_principal.is_empty() {
            let names = not_principal.join(", ");
            evidence.push(format!("{names} has NotPrincipal, which allows everyone else."));
        }
        let strangers = !evidence.is_empty();
        if !all_actions.is_empty() {
            evidence.push(format!("{} allows all actions of SQS.", all_actions.join(", ")));
        }
        if evidence.is_empty() {
            return Verdict::Fine;
        }
        let severity = if strangers { Severity::High } else { Severity::Low };
        let text = "Name the accounts, roles or services that need access, and only the actions that they \
                    use.";
        Problem::exact(severity, capitalized(&evidence.join(" ")), change(queue, text)).into()
    })
}

/// The statement that the console adds: the account of the queue has all access anyway.
fn is_for_owner(queue: &Queue, statement: &Statement) -> bool {
    let account = queue.resource().split(':').nth(4).unwrap_or_default();
    let root = format!(":iam::{account}:root");
    let mut principals = statement.accounts().peekable();
    !account.is_empty()
        && statement.services().next().is_none()
        && principals.peek().is_some()
        && principals.all(|principal| principal.ends_with(&root) || principal == account)
}

/// No statement denies requests without TLS.
pub(in crate::checks) fn plain_transport(queue: &Queue, _: &Policies) -> Verdict {
    let denied = match &queue.policy {
        Setting::Known(policy) => policy.statements.iter().any(Statement::denies_plain_transport),
        Setting::Unset => false,
        Setting::Unknown => return Verdict::Unknown("the access policy"),
    };
    if denied {
        return Verdict::Fine;
    }
    let evidence = "The policy does not deny requests over plain HTTP.";
    Problem::exact(Severity::Low, evidence, deny_plain_transport(queue)).into()
}

fn deny_plain_transport(queue: &Queue) -> Fix {
    let statement = json!({
        "Sid": "DenyPlainTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.url().map_or("*", |_| queue.resource()),
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    });
    let keeps = match queue.url() {
        Some(_) => " The command keeps the other statements as they were during the audit.",
        None => "",
    };
    let text = format!(
        "Add a statement that denies sqs:* to everyone if aws:SecureTransport is false.{keeps}"
    );
    let policy = Policy::with_statement(queue.policy.known(), statement);
    let terraform = "statement {\n  sid       = \"DenyPlainTransport\"\n  effect    = \"Deny\"\n  actions   = [\"sqs:*\"]\n  \
                     resources = [\"*\"]\n  principals {\n    type        = \"*\"\n    identifiers = [\"*\"]\n  }\n  \
                     condition {\n    test     = \"Bool\"\n    variable = \"aws:SecureTransport\"\n    \
                     values   = [\"false\"]\n  }\n}";
    Fix::attribute(queue, text, ("Policy", &policy), terraform)
}

/// A service may act for a resource of any account.
pub(in crate::checks) fn service_without_source(queue: &Queue, _: &Policies) -> Verdict {
    by_policy(queue, |policy| {
        let names = named(policy, |one| {
            one.services().any(|service| SERVICES.contains(&service))
                && !one.has_condition_on(SOURCES)
        });
        if names.is_empty() {
            return Verdict::Fine;
        }
        let evidence = format!(
            "{} allows a service of AWS without naming its resource, so a topic, bucket or rule of any \
             account can send messages.",
            names.join(", ")
        );
        let text = "Add the condition ArnEquals with aws:SourceArn, or StringEquals with aws:SourceAccount.";
        Problem::exact(Severity::Medium, capitalized(&evidence), change(queue, text)).into()
    })
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn judged(check: fn(&Queue, &Policies) -> Verdict, statement: Value) -> Option<Severity> {
        let mut queue = Queue::example("orders");
        let policy = json!({ "Statement": [statement] }).to_string();
        queue.policy = Setting::Known(Policy::parse(&policy).unwrap());
        match check(&queue, &Policies::default()) {
            Verdict::Problem(problem) => Some(problem.severity),
            _ => None,
        }
    }

    fn allow(principal: &Value, action: &str, condition: Value) -> Value {
        let mut statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        statement
    }

    #[test]
    fn everyone_is_high_unless_a_condition_limits_the_callers() {
        let everyone = json!("*");
        let judge = |condition| judged(open_policy, allow(&everyone, "sqs:SendMessage", condition));
        assert_eq!(judge(Value::Null), Some(Severity::High));
        assert_eq!(judge(json!({"Bool": {"aws:SecureTransport": "true"}})), Some(Severity::High));
        assert_eq!(judge(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})), None);
    }

    #[test]
    fn all_actions_for_a_known_role_are_low() {
        let role = json!({"AWS": "arn:aws:iam::1:role/shop"});
        assert_eq!(judged(open_policy, allow(&role, "SQS:*", Value::Null)), Some(Severity::Low));
        assert_eq!(judged(open_policy, allow(&role, "sqs:SendMessage", Value::Null)), None);
    }

    #[test]
    fn the_statement_of_the_console_for_the_owner_is_no_finding() {
        let of = |account| json!({"AWS": format!("arn:aws:iam::{account}:root")});
        let judge = |account| judged(open_policy, allow(&of(account), "SQS:*", Value::Null));
        assert_eq!(judge("123456789012"), None);
        assert_eq!(judge("210987654321"), Some(Severity::Low));
    }

    #[test]
    fn a_denied_principal_is_no_open_policy() {
        let deny = json!({"Effect": "Deny", "NotPrincipal": {"AWS": "arn:a"}, "Action": "sqs:*"});
        assert_eq!(judged(open_policy, deny), None);
    }

    #[test]
    fn a_topic_must_be_named() {
        let sns = json!({"Service": "sns.amazonaws.com"});
        let judge =
            |condition| judged(service_without_source, allow(&sns, "sqs:SendMessage", condition));
        assert_eq!(judge(Value::Null), Some(Severity::Medium));
        assert_eq!(
            judge(json!({"ArnEquals": {"aws:sourcearn": "arn:aws:sns:eu-west-1:1:t"}})),
            None
        );
    }

    #[test]
    fn a_queue_without_a_policy_accepts_plain_http_from_its_account() {
        let mut queue = Queue::example("orders");
        queue.policy = Setting::Unset;
        assert!(matches!(plain_transport(&queue, &Policies::default()), Verdict::Problem(_)));
        assert_eq!(open_policy(&queue, &Policies::default()), Verdict::Fine);
    }
}
