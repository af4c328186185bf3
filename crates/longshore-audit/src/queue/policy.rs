//! The access policy of a queue: a policy of IAM.

use serde_json::{Map, Value, json};

/// Keys of conditions that limit the callers.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const CALLERS: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:userid",
    "aws:username",
];

/// Values that each caller has.
const ANY: &[&str] = &["*", "arn:*", "arn:aws:*", "0.0.0.0/0", "::/0"];

/// The statements of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// In the order of the policy.
    pub statements: Vec<Statement>,
    /// The other keys: `Version` and `Id`.
    rest: Map<String, Value>,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement(Map<String, Value>);

impl Policy {
    /// Parses a policy. `None` if it is not an object with statements.
    pub fn parse(text: &str) -> Option<Self> {
        let Value::Object(mut policy) = serde_json::from_str(text).ok()? else { return None };
        let statements = match policy.remove("Statement")? {
            Value::Array(statements) => statements,
            statement => vec![statement],
        };
        let statements = statements.into_iter().map(|statement| match statement {
            Value::Object(statement) => Some(Statement(statement)),
            _ => None,
        });
        Some(Self { statements: statements.collect::<Option<_>>()?, rest: policy })
    }

    /// The text of this policy, or of an empty one, with one more statement.
    pub(crate) fn with_statement(policy: Option<&Self>, statement: Value) -> String {
        let empty = || Map::from_iter([("Version".to_owned(), json!("2012-10-17"))]);
        let mut document = policy.map_or_else(empty, |policy| policy.rest.clone());
        let own = policy.into_iter().flat_map(|policy| &policy.statements);
        let statements = own.map(|own| Value::Object(own.0.clone())).chain([statement]);
        document.insert("Statement".to_owned(), statements.collect());
        Value::Object(document).to_string()
    }
}

impl Statement {
    /// Its `Sid`, or its place in the policy.
    pub fn name(&self, index: usize) -> String {
        match self.0.get("Sid").and_then(Value::as_str) {
            Some(sid) if !sid.is_empty() => format!("statement {sid:?}"),
            _ => format!("statement {}", index + 1),
        }
    }

    /// Whether it allows, and does not deny.
    pub fn allows(&self) -> bool {
        self.0.get("Effect").and_then(Value::as_str) == Some("Allow")
    }

    /// Whether it has `NotPrincipal`.
    pub fn has_not_principal(&self) -> bool {
        self.0.contains_key("NotPrincipal")
    }

    /// Whether its principal is everyone.
    pub fn is_for_everyone(&self) -> bool {
        match self.0.get("Principal") {
            Some(Value::String(principal)) => principal == "*",
            Some(Value::Object(kinds)) => texts(kinds.get("AWS")).any(|principal| principal == "*"),
            _ => false,
        }
    }

    /// The accounts, roles and users among its principals.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        let kinds = self.0.get("Principal").and_then(Value::as_object);
        texts(kinds.and_then(|kinds| kinds.get("AWS")))
    }

    /// The services among its principals, such as `sns.amazonaws.com`.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        let kinds = self.0.get("Principal").and_then(Value::as_object);
        texts(kinds.and_then(|kinds| kinds.get("Service")))
    }

    /// Whether it is for all actions of SQS.
    pub fn is_for_all_actions(&self) -> bool {
        texts(self.0.get("Action"))
            .any(|action| action == "*" || action.eq_ignore_ascii_case("sqs:*"))
    }

    /// Whether a condition limits who may use it: their account, role, organization, network or source.
    pub fn limits_callers(&self) -> bool {
        self.has_condition_on(CALLERS)
    }

    /// Whether a condition requires a value of one of these keys, and not just any value. The letter case of
    /// keys does not count. A condition that holds without the key requires nothing.
    pub fn has_condition_on(&self, keys: &[&str]) -> bool {
        self.condition_keys().any(|(operator, key, value)| {
            let requires = !operator.contains("Not")
                && !operator.ends_with("IfExists")
                && !operator.starts_with("ForAllValues")
                && operator != "Null";
            let named = keys.iter().any(|one| one.eq_ignore_ascii_case(key));
            requires && named && !texts_or_bools(value).any(|value| ANY.contains(&value.as_str()))
        })
    }

    /// Whether it denies what is not sent over TLS.
    pub fn denies_plain_transport(&self) -> bool {
        let denies = self.0.get("Effect").and_then(Value::as_str) == Some("Deny");
        denies
            && self.is_for_everyone()
            && self.condition_keys().any(|(operator, key, value)| {
                key.eq_ignore_ascii_case("aws:SecureTransport")
                    && operator.starts_with("Bool")
                    && texts_or_bools(value).any(|value| value == "false")
            })
    }

    /// The operators, keys and values of the conditions.
    fn condition_keys(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let conditions = self.0.get("Condition").and_then(Value::as_object);
        conditions.into_iter().flatten().flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, value)| (operator.as_str(), key.as_str(), value))
        })
    }
}

/// The texts of a value that is a text or a list of texts.
fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter().filter_map(Value::as_str)
}

fn texts_or_bools(value: &Value) -> impl Iterator<Item = String> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(value: Value) -> Statement {
        let policy = Policy::parse(&json!({ "Statement": value }).to_string()).unwrap();
        policy.statements.into_iter().next().unwrap()
    }

    #[test]
    fn everyone_is_a_star_alone_or_among_accounts() {
        let stars = [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["arn:a", "*"]})];
        for principal in stars {
            let one = statement(json!({"Effect": "Allow", "Principal": principal}));
            assert!(one.is_for_everyone() && one.allows());
        }
        assert!(!statement(json!({"Principal": {"Service": "*"}})).is_for_everyone());
    }

    #[test]
    fn plain_transport_is_denied_by_text_or_bool_in_any_letter_case() {
        for (key, value) in
            [("aws:SecureTransport", json!("false")), ("aws:securetransport", json!(false))]
        {
            let condition = json!({"Bool": {key: value}});
            let one = json!({"Effect": "Deny", "Principal": "*", "Condition": condition});
            assert!(statement(one).denies_plain_transport());
        }
        let allows = json!({"Effect": "Deny", "Principal": "*",
                            "Condition": {"Bool": {"aws:SecureTransport": "true"}}});
        assert!(!statement(allows).denies_plain_transport());
    }

    #[test]
    fn a_condition_limits_callers_only_if_it_requires_a_value_of_theirs() {
        let limits = |condition: Value| statement(json!({"Condition": condition})).limits_callers();
        assert!(limits(json!({"StringEquals": {"aws:SourceAccount": "1"}})));
        assert!(limits(json!({"ArnLike": {"AWS:SOURCEARN": ["arn:aws:s3:::photos"]}})));
        for open in [
            json!({"ArnLike": {"aws:SourceArn": "*"}}),
            json!({"StringNotEquals": {"aws:SourceAccount": "1"}}),
            json!({"ArnLikeIfExists": {"aws:SourceArn": "arn:aws:s3:::photos"}}),
            json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}}),
            json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
        ] {
            assert!(!limits(open.clone()), "{open}");
        }
    }

    #[test]
    fn a_new_statement_leaves_the_others_and_the_version() {
        let text = r#"{"Version": "2008-10-17", "Statement": {"Sid": "a"}}"#;
        let with = Policy::with_statement(Policy::parse(text).as_ref(), json!({"Sid": "b"}));
        let with: Value = serde_json::from_str(&with).unwrap();
        let expected = json!({"Version": "2008-10-17", "Statement": [{"Sid": "a"}, {"Sid": "b"}]});
        assert_eq!(with, expected);
        let first: Value = serde_json::from_str(&Policy::with_statement(None, json!({}))).unwrap();
        assert_eq!(first, json!({"Version": "2012-10-17", "Statement": [{}]}));
    }

    #[test]
    fn what_is_not_a_policy_is_refused() {
        for text in ["", "[]", "{}", r#"{"Statement": ["Allow"]}"#] {
            assert_eq!(Policy::parse(text), None, "{text}");
        }
    }
}
