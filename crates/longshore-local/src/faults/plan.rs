//! Rules as JSON, for the control endpoint.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rule::{Fault, Rule, When};
use crate::action::Action;

/// All rules, for example
/// `{"seed":7,"rules":[{"fault":"throttle","action":"ReceiveMessage","next":2}]}`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u64>,
    rules: Vec<JsonRule>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct JsonRule {
    fault: FaultName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chance: Option<f64>,
    /// Only for the fault `latency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum FaultName {
    Latency,
    Throttle,
    RateExceeded,
    InternalFailure,
    Unavailable,
    AccessDenied,
    CutConnection,
    LoseAnswer,
    FailEntry,
    Duplicate,
    OrphanPoll,
}

/// Why the rules of a plan are invalid.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanError {
    #[error(
        "unknown action {0:?} in \"action\"; use the name of an SQS action, such as \"ReceiveMessage\""
    )]
    NoSuchAction(String),
    #[error("a rule has both \"next\" and \"chance\"; remove one of them")]
    BothConditions,
    #[error("\"chance\" is {0}; use a number from 0 to 1")]
    Chance(f64),
    #[error("the fault \"latency\" requires \"milliseconds\", and no other fault accepts it")]
    Milliseconds,
}

impl Plan {
    pub(crate) fn from_rules(rules: &[Rule]) -> Self {
        Self { seed: None, rules: rules.iter().map(JsonRule::from_rule).collect() }
    }

    pub(crate) fn rules(self) -> Result<Vec<Rule>, PlanError> {
        self.rules.into_iter().map(JsonRule::rule).collect()
    }
}

impl JsonRule {
    fn rule(self) -> Result<Rule, PlanError> {
        let fault = self.fault.fault(self.milliseconds).ok_or(PlanError::Milliseconds)?;
        let action = match self.action {
            Some(name) => Some(Action::from_name(&name).ok_or(PlanError::NoSuchAction(name))?),
            None => None,
        };
        let when = match (self.next, self.chance) {
            (None, None) => When::Always,
            (Some(times), None) => When::Next(times),
            (None, Some(chance)) if (0.0..=1.0).contains(&chance) => When::Chance(chance),
            (None, Some(chance)) => return Err(PlanError::Chance(chance)),
            (Some(_), Some(_)) => return Err(PlanError::BothConditions),
        };
        Ok(Rule { fault, action, when })
    }

    fn from_rule(rule: &Rule) -> Self {
        let (next, chance) = match rule.when {
            When::Always => (None, None),
            When::Next(times) => (Some(times), None),
            When::Chance(chance) => (None, Some(chance)),
        };
        let (fault, milliseconds) = FaultName::from_fault(&rule.fault);
        let action = rule.action.map(|action| action.name().to_owned());
        Self { fault, action, next, chance, milliseconds }
    }
}

impl FaultName {
    /// `None` if the duration is missing for `latency`, or is present for another fault.
    fn fault(self, milliseconds: Option<u64>) -> Option<Fault> {
        let plain = |fault| milliseconds.is_none().then_some(fault);
        match self {
            Self::Latency => milliseconds.map(|ms| Fault::Latency(Duration::from_millis(ms))),
            Self::Throttle => plain(Fault::Throttle),
            Self::RateExceeded => plain(Fault::RateExceeded),
            Self::InternalFailure => plain(Fault::InternalFailure),
            Self::Unavailable => plain(Fault::Unavailable),
            Self::AccessDenied => plain(Fault::AccessDenied),
            Self::CutConnection => plain(Fault::CutConnection),
            Self::LoseAnswer => plain(Fault::LoseAnswer),
            Self::FailEntry => plain(Fault::FailEntry),
            Self::Duplicate => plain(Fault::Duplicate),
            Self::OrphanPoll => plain(Fault::OrphanPoll),
        }
    }

    fn from_fault(fault: &Fault) -> (Self, Option<u64>) {
        match fault {
            Fault::Latency(duration) => {
                (Self::Latency, Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
            }
            Fault::Throttle => (Self::Throttle, None),
            Fault::RateExceeded => (Self::RateExceeded, None),
            Fault::InternalFailure => (Self::InternalFailure, None),
            Fault::Unavailable => (Self::Unavailable, None),
            Fault::AccessDenied => (Self::AccessDenied, None),
            Fault::CutConnection => (Self::CutConnection, None),
            Fault::LoseAnswer => (Self::LoseAnswer, None),
            Fault::FailEntry => (Self::FailEntry, None),
            Fault::Duplicate => (Self::Duplicate, None),
            Fault::OrphanPoll => (Self::OrphanPoll, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Result<Vec<Rule>, PlanError> {
        serde_json::from_str::<Plan>(json).unwrap().rules()
    }

    #[test]
    fn a_plan_serializes_to_the_same_json() {
        let json = r#"{"rules":[{"fault":"throttle","action":"ReceiveMessage","next":2},{"fault":"latency","chance":0.5,"milliseconds":200},{"fault":"orphan-poll"}]}"#;
        let rules = rules(json).unwrap();
        assert_eq!(rules[0], Rule::new(Fault::Throttle).on(Action::ReceiveMessage).next(2));
        assert_eq!(serde_json::to_string(&Plan::from_rules(&rules)).unwrap(), json);
    }

    #[test]
    fn a_chance_is_read_exactly() {
        let json = r#"{"rules":[{"fault":"throttle","chance":2.8812481604623513e-120}]}"#;
        let chance = 2.8812481604623513e-120;
        assert_eq!(rules(json).unwrap(), [Rule::new(Fault::Throttle).chance(chance)]);
    }

    #[test]
    fn an_invalid_plan_is_refused() {
        for bad in [
            r#"{"rules":[{"fault":"throttle","action":"Receive"}]}"#,
            r#"{"rules":[{"fault":"throttle","next":1,"chance":0.5}]}"#,
            r#"{"rules":[{"fault":"throttle","chance":1.5}]}"#,
            r#"{"rules":[{"fault":"latency"}]}"#,
            r#"{"rules":[{"fault":"throttle","milliseconds":1}]}"#,
        ] {
            assert!(rules(bad).is_err(), "{bad} was accepted");
        }
    }
}
