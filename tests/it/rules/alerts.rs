//! What a receiver of an alert can rely on.

use std::collections::BTreeSet;

use longshore::slo::windows::Severity;
use xtask::rules::{Alert, Scale, generated_files};

use super::known::{BY_FLEET, BY_QUEUE, BY_SLO, alerts, level};
use super::promql::{leftmost_grouping, leftmost_metric};

/// The labels that an alert has when it fires.
fn labels(alert: &Alert) -> BTreeSet<String> {
    let grouping = leftmost_grouping(&alert.expr).unwrap_or_else(|| {
        level(&leftmost_metric(&alert.expr)).iter().map(|l| (*l).to_owned()).collect()
    });
    let own = alert.labels.iter().map(|(label, _)| (*label).to_owned());
    grouping.into_iter().chain(own).collect()
}

#[test]
fn texts_use_only_labels_that_the_alert_has() {
    for alert in alerts() {
        let labels = labels(&alert);
        for text in [&alert.summary, &alert.description] {
            for used in text.split("$labels.").skip(1) {
                let end = used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap();
                assert!(
                    labels.contains(&used[..end]),
                    "{} has no label {}",
                    alert.name,
                    &used[..end]
                );
            }
        }
    }
}

#[test]
fn a_summary_stays_the_same_while_the_alert_fires() {
    for alert in alerts() {
        assert!(!alert.summary.contains("$value"), "{}", alert.name);
        assert!(alert.summary.ends_with('.') && alert.description.ends_with('.'), "{}", alert.name);
    }
}

#[test]
fn alerts_of_one_name_differ_in_their_labels() {
    let mut seen = BTreeSet::new();
    for alert in alerts() {
        assert!(seen.insert((alert.name, alert.labels.clone())), "{} twice", alert.name);
    }
}

#[test]
fn a_ticket_can_be_silenced_by_the_page_on_the_same_queue() {
    for alert in alerts() {
        let labels = labels(&alert);
        let needed = match alert.name {
            "LongshoreErrorBudgetBurn" => BY_SLO,
            "LongshoreFleetWaste" => BY_FLEET,
            _ => BY_QUEUE,
        };
        assert!(needed.iter().all(|label| labels.contains(*label)), "{}", alert.name);
    }
}

#[test]
fn every_alert_has_for_and_keep_firing_for() {
    for alert in alerts() {
        assert!(!alert.hold.is_zero() && !alert.keep.is_zero(), "{}", alert.name);
    }
}

#[test]
fn only_alerts_on_user_impact_page() {
    let pages: BTreeSet<_> = alerts()
        .iter()
        .filter(|alert| alert.severity == Severity::Page)
        .map(|alert| alert.name)
        .collect();
    let expected = [
        "LongshoreBacklogGrowing",
        "LongshoreCircuitBreakerOpen",
        "LongshoreDeadLettersExpire",
        "LongshoreErrorBudgetBurn",
        "LongshoreGroupBlocked",
        "LongshoreHandlersFailing",
        "LongshoreMessagesNotDeleted",
        "LongshorePollersStalled",
        "LongshoreRequestsRefused",
        "LongshoreRequestsThrottled",
        "LongshoreRestartedWithMessages",
        "LongshoreSlotsBlocked",
        "LongshoreWorkersGone",
    ];
    assert_eq!(Vec::from_iter(pages), expected);
}

#[test]
fn no_objective_price_or_queue_is_written_into_the_rules() {
    for file in generated_files(Scale::REAL).iter().filter(|file| file.path.contains("rule")) {
        for word in ["0.9", "0.4", "0.0", "queue=\"", "vector("] {
            assert!(!file.text.contains(word), "{} says {word}", file.path);
        }
    }
}
