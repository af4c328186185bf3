//! Secrets never leave the process in a log line, on an admin page, in a metric or in a span: the real
//! binary at level TRACE, in both log formats, through runs that succeed and runs that fail.

mod mistakes;
mod outages;
mod work;

use super::longshore::{Ended, Longshore};

/// What is in each secret of these tests, and nowhere else.
const SECRET: &str = "hush";

/// The formats of log lines.
const FORMATS: [&str; 2] = ["json", "human"];

/// Credentials as secret as real ones, and headers for a collector.
const CREDENTIALS: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "hush/secret/access+key"),
    ("AWS_SESSION_TOKEN", "hush//session+token=="),
    ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20hush-bearer,x-hush=hush-header"),
];

/// The address without its scheme, with a user and a password.
fn with_user(scheme: &str, address: &str) -> String {
    format!("{scheme}://hush-user:hush-p@ss@{address}")
}

/// Fails if a text contains a secret, in plain or as HTTP sends it.
fn assert_no_secret(what: &str, text: &str) {
    // "hush" at the three places that base64 can have it, without the letters that depend on others.
    for secret in [SECRET, "aHVza", "odXNo", "h1c2"] {
        let found = text.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{what} contains {secret}: {found:?}");
    }
}

/// Fails if a line that the process wrote contains a secret.
fn assert_no_secret_in_lines(ended: &Ended) {
    for line in &ended.lines {
        assert_no_secret("the log", line);
    }
}

/// Fails if an admin page contains a secret.
async fn assert_no_secret_on_pages(worker: &Longshore) {
    let started = worker.says("longshore started").await;
    let (_, address) = started.split_once("http://").unwrap();
    let admin = address.split('"').next().unwrap();
    for path in ["", "slo", "metrics", "readyz", "livez"] {
        let answer = reqwest::get(format!("http://{admin}/{path}")).await.unwrap();
        let head = format!("{:?}", answer.headers());
        assert_no_secret(path, &head);
        assert_no_secret(path, &answer.text().await.unwrap());
    }
}
