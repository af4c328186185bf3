//! Valid files, and files with each problem.

use proptest::prelude::*;

use super::*;

/// The file of the documentation of Elastic Beanstalk.
const VALID: &str = r#"version: 1
cron:
 - name: "backup-job"
   url: "/backup"
   schedule: "0 */12 * * *"
 - name: "audit"
   url: "/audit"
   schedule: "0 23 * * *"
"#;

fn problems(text: &str) -> Vec<(usize, usize, String, String)> {
    let problems = CronFile::parse(text).expect_err(text);
    problems.into_iter().map(|p| (p.line, p.column, p.found, p.expected)).collect()
}

/// The only problem.
fn problem(text: &str) -> (usize, usize, String, String) {
    let mut problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

/// The file with one thing changed.
fn with(old: &str, new: &str) -> String {
    assert!(VALID.contains(old), "{old}");
    VALID.replacen(old, new, 1)
}

#[test]
fn the_file_of_elastic_beanstalk_is_read() {
    let file = CronFile::parse(VALID).unwrap();
    let tasks: Vec<_> =
        file.tasks.iter().map(|task| (task.name.as_str(), task.path.as_str())).collect();
    assert_eq!(tasks, [("backup-job", "/backup"), ("audit", "/audit")]);
    assert_eq!(file.tasks[1].schedule, Schedule::parse("0 23 * * *").unwrap());
}

#[test]
fn two_tasks_of_one_name_are_refused_with_both_places() {
    let (line, column, found, expected) = problem(&with("\"audit\"", "backup-job"));
    assert_eq!((line, column), (6, 10));
    assert_eq!(found, "a second task with the name \"backup-job\"");
    assert_eq!(expected, "a name that no other task has; the first one is in line 3, column 10");
}

#[test]
fn each_mistake_is_refused_at_its_place() {
    for (text, line, found) in [
        (with("version: 1", "version: 2"), 1, "\"2\""),
        (with("version: 1\n", ""), 1, "no version"),
        (with("\"/backup\"", "backup"), 4, "\"backup\""),
        (with("\"/backup\"", "//evil.example/"), 4, "\"//evil.example/\""),
        (with("\"/backup\"", "http://evil.example/"), 4, "\"http://evil.example/\""),
        (with("\"/backup\"", "\"/a b\""), 4, "\"/a b\""),
        (with("\"/backup\"", "\"/a\\n\""), 4, "\"/a\\n\""),
        (with("\"backup-job\"", ""), 3, "nothing"),
        (with("\"backup-job\"", "\" \""), 3, "\" \""),
        (with("\"backup-job\"", "[a]"), 3, "a list"),
        (with("   url: \"/audit\"\n", ""), 6, "no url"),
        (with("   url: \"/audit\"\n", "   url: /a\n   url: /b\n"), 8, "\"url\""),
        (with("\"/audit\"", "/audit\n   method: POST"), 8, "\"method\""),
        (with("\"0 23 * * *\"", "\"0 24 * * *\""), 8, "\"0 24 * * *\": \"24\" in the field hour"),
        (with("\"0 23 * * *\"", "\"0 23 * *\""), 8, "\"0 23 * *\": 4 fields instead of five"),
        (with("\"0 23 * * *\"", "\"0 0 30 2 *\""), 8, "\"0 0 30 2 *\": a day that does not exist"),
        (with("cron:", "tasks: 1\ncron:"), 2, "\"tasks\""),
        ("version: 1\ncron: []\n".to_owned(), 2, "0 tasks"),
        ("version: 1\ncron: daily\n".to_owned(), 2, "\"daily\""),
        ("version: 1\ncron: [daily]\n".to_owned(), 2, "\"daily\""),
        ("- a\n".to_owned(), 1, "a list"),
        (String::new(), 1, "an empty file"),
    ] {
        let (at, _, what, _) = problem(&text);
        assert_eq!((at, what.as_str()), (line, found), "{text}");
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = with("/backup", "backup").replace("version: 1", "version: 3").replace("23", "99");
    let lines: Vec<_> = problems(&text).into_iter().map(|(line, ..)| line).collect();
    assert_eq!(lines, [1, 4, 8]);
}

#[test]
fn limits_are_named() {
    let task = |n: usize| format!(" - {{name: t{n}, url: /, schedule: \"* * * * *\"}}\n");
    let with_tasks =
        |count: usize| format!("version: 1\ncron:\n{}", (0..count).map(task).collect::<String>());
    assert_eq!(CronFile::parse(&with_tasks(MAX_TASKS)).unwrap().tasks.len(), MAX_TASKS);
    assert_eq!(problem(&with_tasks(MAX_TASKS + 1)).3, "1 to 100 tasks");
    let long = "n".repeat(MAX_NAME + 1);
    assert_eq!(problem(&with("\"backup-job\"", &long)).0, 3);
    let big = format!("{VALID}# {}", "x".repeat(MAX_BYTES));
    assert!(problem(&big).2.ends_with(" bytes"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in foreign_input::text(Just(VALID.to_owned()))) {
        if let Ok(file) = CronFile::parse(&text) {
            prop_assert!(!file.tasks.is_empty());
        }
    }
}
