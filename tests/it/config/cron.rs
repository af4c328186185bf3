//! Settings of periodic tasks, and their file.

use std::time::Duration;

use longshore_cli::settings::{CronSender, Sources};

use super::{directory_with, load, problems_of, shown, sources_with};

const VALID: &str =
    "version: 1\ncron:\n - name: backup\n   url: /backup\n   schedule: 0 23 * * *\n";
const TABLE: &str = "cron_table = \"longshore-cron\"\n";

/// A directory with a queue that has `cron.yaml` and these keys.
fn sources(test: &str, keys: &str, yaml: &str) -> Sources {
    let file = format!(
        "[[queue]]\nname = \"orders\"\n\
         handler = {{ http = \"http://127.0.0.1/\", periodic_tasks = true }}\n\
         cron = \"cron.yaml\"\n{keys}"
    );
    let directory = directory_with(test, &file);
    std::fs::write(directory.join("cron.yaml"), yaml).unwrap();
    Sources::in_directory(directory)
}

/// The only problem: its place, what was found, and what is accepted.
fn problem(sources: &Sources) -> (String, String, String) {
    let problems = problems_of(sources);
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    (problem.place.to_string(), problem.found.clone(), problem.expected.clone())
}

#[test]
fn tasks_are_sent_by_the_table_the_leader_or_another_process() {
    for (keys, sender) in [
        (TABLE, CronSender::Table("longshore-cron".to_owned())),
        (
            "cron_table = \"arn:aws:dynamodb:eu-west-1:1:table/a.b\"\ncron_leader = false\n",
            CronSender::Table("arn:aws:dynamodb:eu-west-1:1:table/a.b".to_owned()),
        ),
        ("cron_leader = true\n", CronSender::Leader),
        ("cron_leader = false\n", CronSender::Other),
    ] {
        let loaded = load(&sources("cron_valid", keys, VALID)).unwrap();
        let cron = loaded.config.queues[0].cron.clone().unwrap();
        assert_eq!((cron.sender, cron.grace), (sender, Duration::from_secs(300)), "{keys}");
        let names: Vec<_> = cron.file.tasks.iter().map(|task| task.name.as_str()).collect();
        assert_eq!(names, ["backup"]);
        assert_eq!(loaded.warnings, Vec::<String>::new());
    }
}

#[test]
fn a_replica_becomes_the_leader_by_a_variable() {
    let mut sources = sources("cron_variable", "", VALID);
    sources.environment.insert("LONGSHORE_DEFAULTS_CRON_LEADER".to_owned(), "true".to_owned());
    let loaded = load(&sources).unwrap();
    assert_eq!(loaded.config.queues[0].cron.as_ref().unwrap().sender, CronSender::Leader);
    let shown = shown(&loaded, "queue.orders", "cron_leader");
    assert_eq!(shown, ("true".to_owned(), "LONGSHORE_DEFAULTS_CRON_LEADER".to_owned()));
}

#[test]
fn the_path_starts_in_the_directory_of_the_configuration() {
    let directory = directory_with("cron_path", "");
    std::fs::create_dir_all(directory.join("conf")).unwrap();
    let file = "[[queue]]\nname = \"orders\"\nhandler = { command = [\"true\"] }\n\
                cron = \"tasks.yaml\"\ncron_leader = true\n";
    std::fs::write(directory.join("conf/worker.toml"), file).unwrap();
    std::fs::write(directory.join("conf/tasks.yaml"), VALID).unwrap();
    let mut sources = Sources::in_directory(&directory);
    sources.file = Some("conf/worker.toml".into());
    assert!(load(&sources).unwrap().config.queues[0].cron.is_some());
    std::fs::write(directory.join("conf/tasks.yaml"), "version: 2\n").unwrap();
    let places: Vec<_> =
        problems_of(&sources).iter().map(|problem| problem.place.to_string()).collect();
    assert_eq!(places, ["conf/tasks.yaml:1:1", "conf/tasks.yaml:1:10"]);
}

#[test]
fn without_a_table_and_a_leader_it_is_refused_with_what_to_set() {
    let (place, found, expected) = problem(&sources("cron_without", "", VALID));
    assert_eq!(place, "longshore.toml:4:8  queue.orders.cron");
    assert_eq!(found, "cron without cron_table and cron_leader");
    assert!(expected.contains("cron_table = ") && expected.contains("cron_leader = true"));
}

#[test]
fn a_table_and_a_leader_are_refused_together() {
    let keys = format!("{TABLE}cron_leader = true\n");
    let (place, found, _) = problem(&sources("cron_both", &keys, VALID));
    assert_eq!(place, "longshore.toml:6:15  queue.orders.cron_leader");
    assert_eq!(found, "cron_leader = true and cron_table = longshore-cron");
}

#[test]
fn a_fifo_queue_has_no_periodic_tasks() {
    let sources = sources("cron_fifo", TABLE, VALID);
    let path = sources.directory.join("longshore.toml");
    let file = std::fs::read_to_string(&path).unwrap().replace("\"orders\"", "\"orders.fifo\"");
    std::fs::write(&path, file).unwrap();
    let (place, found, expected) = problem(&sources);
    assert_eq!(place, "longshore.toml:4:8  queue.orders.fifo.cron");
    assert_eq!(found, "cron = cron.yaml");
    assert!(expected.starts_with("no periodic tasks for a FIFO queue"));
}

#[test]
fn wrong_values_are_refused_at_their_place() {
    for (keys, place, found) in [
        ("cron_table = \"a b\"\n", "5:14  queue.orders.cron_table", "cron_table = a b"),
        (
            "cron_table = \"arn:aws:s3:::x\"\n",
            "5:14  queue.orders.cron_table",
            "cron_table = arn:aws:s3:::x",
        ),
        (
            "cron_leader = true\ncron_grace = \"30s\"\n",
            "6:14  queue.orders.cron_grace",
            "cron_grace = 30s",
        ),
        (
            "cron_leader = \"yes\"\ncron_table = \"abc\"\n",
            "5:15  queue.orders.cron_leader",
            "\"yes\"",
        ),
    ] {
        let (at, what, _) = problem(&sources("cron_values", keys, VALID));
        assert_eq!((at, what.as_str()), (format!("longshore.toml:{place}"), found), "{keys}");
    }
}

#[test]
fn a_file_that_is_missing_is_refused_where_it_is_named() {
    let sources = sources("cron_missing", TABLE, VALID);
    std::fs::remove_file(sources.directory.join("cron.yaml")).unwrap();
    let (place, found, _) = problem(&sources);
    assert_eq!(place, "longshore.toml:4:8  queue.orders.cron");
    assert!(found.starts_with("cron.yaml: No such file"), "{found}");
}

#[test]
fn two_tasks_of_one_name_are_refused_with_both_places() {
    let twice = format!("{VALID}{}", &VALID[VALID.find(" - ").unwrap()..]);
    let (place, found, expected) = problem(&sources("cron_twice", TABLE, &twice));
    assert_eq!(place, "cron.yaml:6:10");
    assert_eq!(found, "a second task with the name \"backup\"");
    assert_eq!(expected, "a name that no other task has; the first one is in line 3, column 10");
}

#[test]
fn a_handler_that_does_not_run_tasks_is_a_warning() {
    let with_tasks = sources("cron_warning", TABLE, VALID);
    let path = with_tasks.directory.join("longshore.toml");
    let file = std::fs::read_to_string(&path).unwrap().replace(", periodic_tasks = true", "");
    std::fs::write(&path, file).unwrap();
    let [warning] = &load(&with_tasks).unwrap().warnings[..] else { panic!("one warning") };
    assert!(warning.ends_with("set handler.periodic_tasks = true"), "{warning}");
    // The keys of the table alone are no tasks.
    let file =
        format!("[[queue]]\nname = \"orders\"\nhandler = {{ command = [\"true\"] }}\n{TABLE}");
    assert_eq!(load(&sources_with("cron_none", &file)).unwrap().config.queues[0].cron, None);
}
