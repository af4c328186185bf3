//! Runs of known schedules, and a comparison with another implementation.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;

/// 2026-11-29 11:30:00 UTC, a Sunday.
const NOW: i64 = 1_795_951_800;

fn at(seconds: i64) -> RunTime {
    RunTime::from_unix_seconds(seconds)
}

fn around(schedule: &str) -> (String, String) {
    let schedule = Schedule::parse(schedule).unwrap();
    let (latest, next) = (schedule.latest(at(NOW)), schedule.next(at(NOW)));
    (latest.unwrap().to_string(), next.unwrap().to_string())
}

#[test]
fn runs_before_and_after_a_moment() {
    for (schedule, latest, next) in [
        ("* * * * *", "2026-11-29 11:30:00 UTC", "2026-11-29 11:31:00 UTC"),
        ("30 11 * * *", "2026-11-29 11:30:00 UTC", "2026-11-30 11:30:00 UTC"),
        ("0 23 * * *", "2026-11-28 23:00:00 UTC", "2026-11-29 23:00:00 UTC"),
        ("0 */12 * * *", "2026-11-29 00:00:00 UTC", "2026-11-29 12:00:00 UTC"),
        ("0 0 * * MON-FRI", "2026-11-27 00:00:00 UTC", "2026-11-30 00:00:00 UTC"),
        ("0 0 * * sat-sun", "2026-11-29 00:00:00 UTC", "2026-12-05 00:00:00 UTC"),
        ("0 0 * * 7", "2026-11-29 00:00:00 UTC", "2026-12-06 00:00:00 UTC"),
        ("0 0 29 FEB *", "2024-02-29 00:00:00 UTC", "2028-02-29 00:00:00 UTC"),
        // The day of the month or the day of the week.
        ("0 0 13 * 5", "2026-11-27 00:00:00 UTC", "2026-12-04 00:00:00 UTC"),
        ("59 23 31 12 *", "2025-12-31 23:59:00 UTC", "2026-12-31 23:59:00 UTC"),
        ("@Weekly", "2026-11-29 00:00:00 UTC", "2026-12-06 00:00:00 UTC"),
    ] {
        assert_eq!(around(schedule), (latest.to_owned(), next.to_owned()), "{schedule}");
    }
}

#[test]
fn daylight_saving_time_changes_nothing_because_schedules_are_in_utc() {
    let schedule = Schedule::parse("30 2 * * *").unwrap();
    // Clocks in Berlin skip 02:30 on 29 March 2026 and have it twice on 25 October 2026.
    for day in [1_774_742_400, 1_792_886_400] {
        let runs = schedule.count_between(at(day - 60), at(day + 24 * 3600));
        assert_eq!(runs, 1);
        let run = schedule.next(at(day)).unwrap();
        assert_eq!(run.unix_seconds() - day, 2 * 3600 + 30 * 60);
    }
}

#[test]
fn a_wrong_schedule_names_its_field() {
    for (schedule, field) in [
        ("60 * * * *", "minute"),
        ("5/10 * * * *", "minute"),
        ("*/0 * * * *", "minute"),
        ("-1 * * * *", "minute"),
        ("+1 * * * *", "minute"),
        ("1,, * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* 5-3 * * *", "hour"),
        ("MON * * * *", "minute"),
        ("* * 0 * *", "day of the month"),
        ("* * L * *", "day of the month"),
        ("* * ? * *", "day of the month"),
        ("* * * MON *", "month"),
        ("* * * 13 *", "month"),
        ("* * * * 8", "day of the week"),
        ("* * * * 5#2", "day of the week"),
        ("* * * * JAN", "day of the week"),
    ] {
        let error = Schedule::parse(schedule).unwrap_err();
        assert!(
            matches!(&error, ScheduleError::Field { field: found, .. } if *found == field),
            "{schedule}: {error:?}"
        );
        assert!(error.expected().starts_with(&format!("in the field {field}: ")));
    }
    for (schedule, fields) in [("", 0), ("* * * *", 4), ("0 * * * * *", 6), ("@reboot", 1)] {
        assert_eq!(Schedule::parse(schedule), Err(ScheduleError::Fields(fields)));
    }
    assert_eq!(Schedule::parse("0 0 31 2,4 *"), Err(ScheduleError::Never));
}

#[test]
fn runs_between_two_times_are_counted_without_the_ends() {
    let schedule = Schedule::parse("*/15 * * * *").unwrap();
    assert_eq!(schedule.count_between(at(NOW), at(NOW + 3600)), 3);
    assert_eq!(schedule.count_between(at(NOW), at(NOW + 60)), 0);
    assert_eq!(schedule.count_between(at(NOW), at(NOW)), 0);
    let each_minute = Schedule::parse("* * * * *").unwrap();
    assert_eq!(each_minute.count_between(at(0), at(NOW)), COUNTED_RUNS);
}

/// A field with numbers from `least` to `most`.
fn field(least: u8, most: u8) -> impl Strategy<Value = String> {
    let range = (least..=most, least..=most, 1..=most)
        .prop_map(|(a, b, step)| format!("{}-{}/{step}", a.min(b), a.max(b)));
    let part = prop_oneof![
        (least..=most).prop_map(|number| number.to_string()),
        range,
        (1..=most).prop_map(|step| format!("*/{step}")),
    ];
    prop_oneof![
        Just("*".to_owned()),
        proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join(",")),
    ]
}

proptest! {
    #[test]
    fn runs_are_those_of_another_implementation(
        minute in field(0, 59),
        hour in field(0, 23),
        day in field(1, 31),
        month in field(1, 12),
        weekday in field(0, 7),
        seconds in 1_700_000_000_i64..2_000_000_000,
    ) {
        let text = format!("{minute} {hour} {day} {month} {weekday}");
        let other: croner::Cron = text.parse().unwrap();
        let now = DateTime::<Utc>::from_timestamp(at(seconds).unix_seconds(), 0).unwrap();
        let next = other.find_next_occurrence(&now, false).map(|run| run.timestamp()).ok();
        let latest = other.find_previous_occurrence(&now, true).map(|run| run.timestamp()).ok();
        match Schedule::parse(&text) {
            Ok(schedule) => {
                let ours = (schedule.next(at(seconds)), schedule.latest(at(seconds)));
                prop_assert_eq!(ours.0.map(RunTime::unix_seconds), next, "after, {}", text);
                prop_assert_eq!(ours.1.map(RunTime::unix_seconds), latest, "before, {}", text);
            }
            Err(error) => prop_assert_eq!((error, next), (ScheduleError::Never, None)),
        }
    }
}
