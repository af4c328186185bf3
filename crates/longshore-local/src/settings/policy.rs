//! The access policy of a queue, with the statements that `AddPermission` adds. A statement that a
//! client set itself stays as it is.

use serde_json::{Map, Value, json};

use crate::refusal::Refusal;

/// The policy as JSON. The server does not authorize, so it has no effect.
#[derive(Debug)]
pub(crate) struct Policy {
    /// `Version` and `Id`.
    rest: Map<String, Value>,
    statements: Vec<Value>,
}

/// What `AddPermission` allows.
#[derive(Debug)]
pub(crate) struct Permission {
    /// It identifies the statement in the policy.
    pub(crate) label: String,
    /// Account ids.
    pub(crate) accounts: Vec<String>,
    /// Action names, such as `SendMessage` or `*`.
    pub(crate) actions: Vec<String>,
}

impl Policy {
    /// The policy in the attribute `Policy`, or an empty one.
    pub(super) fn new(attribute: Option<&str>, queue_arn: &str) -> Self {
        let given = attribute.and_then(|json| serde_json::from_str::<Map<_, _>>(json).ok());
        let mut rest = given.unwrap_or_else(|| {
            let id = format!("{queue_arn}/SQSDefaultPolicy");
            Map::from_iter([
                ("Version".to_owned(), json!("2008-10-17")),
                ("Id".to_owned(), json!(id)),
            ])
        });
        // A policy with one statement can have it without a list.
        let statements = match rest.remove("Statement") {
            None => Vec::new(),
            Some(Value::Array(statements)) => statements,
            Some(statement) => vec![statement],
        };
        Self { rest, statements }
    }

    /// The attribute `Policy`; empty without statements, which removes the attribute.
    pub(super) fn attribute(mut self) -> String {
        if self.statements.is_empty() {
            return String::new();
        }
        self.rest.insert("Statement".to_owned(), self.statements.into());
        Value::Object(self.rest).to_string()
    }

    /// # Errors
    /// If a statement has this label.
    pub(crate) fn add(&mut self, permission: &Permission, queue_arn: &str) -> Result<(), Refusal> {
        let label = &permission.label;
        if self.find(label).is_some() {
            return Err(Refusal::invalid("Label", label, "Already exists."));
        }
        let principals = permission.accounts.iter().map(|id| format!("arn:aws:iam::{id}:root"));
        let actions = permission.actions.iter().map(|action| format!("SQS:{action}"));
        self.statements.push(json!({
            "Sid": label,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_list(principals) },
            "Action": one_or_list(actions),
            "Resource": queue_arn,
        }));
        Ok(())
    }

    /// # Errors
    /// If no statement has this label.
    pub(crate) fn remove(&mut self, label: &str) -> Result<(), Refusal> {
        let Some(index) = self.find(label) else {
            return Err(Refusal::invalid("Label", label, "can't find label."));
        };
        self.statements.remove(index);
        Ok(())
    }

    fn find(&self, label: &str) -> Option<usize> {
        self.statements.iter().position(|statement| statement["Sid"] == label)
    }
}

fn one_or_list(values: impl ExactSizeIterator<Item = String>) -> Value {
    let single = values.len() == 1;
    let mut values: Vec<_> = values.map(Value::from).collect();
    if single { values.remove(0) } else { values.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:000000000000:orders";

    fn permission(label: &str, accounts: &[&str], actions: &[&str]) -> Permission {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        Permission { label: label.to_owned(), accounts: owned(accounts), actions: owned(actions) }
    }

    /// The policy after these permissions are added.
    fn with(attribute: Option<&str>, permissions: &[Permission]) -> Value {
        let mut policy = Policy::new(attribute, ARN);
        permissions.iter().for_each(|permission| policy.add(permission, ARN).unwrap());
        serde_json::from_str(&policy.attribute()).unwrap()
    }

    #[test]
    fn one_account_and_one_action_are_strings() {
        let policy = with(None, &[permission("l", &["111111111111"], &["SendMessage"])]);
        let expected = json!({
            "Version": "2008-10-17",
            "Id": format!("{ARN}/SQSDefaultPolicy"),
            "Statement": [{
                "Sid": "l",
                "Effect": "Allow",
                "Principal": { "AWS": "arn:aws:iam::111111111111:root" },
                "Action": "SQS:SendMessage",
                "Resource": ARN,
            }],
        });
        assert_eq!(policy, expected);
    }

    #[test]
    fn several_accounts_and_actions_are_lists() {
        let accounts = ["111111111111", "222222222222"];
        let policy = with(None, &[permission("l", &accounts, &["*", "SendMessage"])]);
        let statement = &policy["Statement"][0];
        assert_eq!(statement["Action"], json!(["SQS:*", "SQS:SendMessage"]));
        let principals = ["arn:aws:iam::111111111111:root", "arn:aws:iam::222222222222:root"];
        assert_eq!(statement["Principal"]["AWS"], json!(principals));
    }

    #[test]
    fn other_statements_and_fields_of_a_policy_stay() {
        let own = json!({ "Effect": "Deny", "Principal": "*", "Action": "SQS:*", "Resource": "*" });
        for statement in [own.clone(), json!([own])] {
            let given = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
            let policy = with(Some(&given), &[permission("l", &["111111111111"], &["*"])]);
            assert_eq!((&policy["Version"], &policy["Id"]), (&json!("2012-10-17"), &Value::Null));
            assert_eq!(
                (&policy["Statement"][0], &policy["Statement"][1]["Sid"]),
                (&own, &json!("l"))
            );
            let mut policy = Policy::new(Some(&policy.to_string()), ARN);
            policy.remove("l").unwrap();
            let left: Value = serde_json::from_str(&policy.attribute()).unwrap();
            assert_eq!(left, json!({ "Version": "2012-10-17", "Statement": [own] }));
        }
    }

    #[test]
    fn a_policy_without_statements_is_removed() {
        let mut policy = Policy::new(None, ARN);
        policy.add(&permission("l", &["111111111111"], &["*"]), ARN).unwrap();
        policy.remove("l").unwrap();
        assert_eq!(policy.attribute(), "");
    }
}
