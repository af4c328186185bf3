//! Configurations with mistakes next to, or in, a secret.

use super::{CREDENTIALS, assert_no_secret, assert_no_secret_in_lines};
use crate::config::directory_with;
use crate::process::longshore::Longshore;
use crate::support::program::output_of;

/// A worker that refuses to start with these arguments and this environment.
async fn refused(arguments: &[&str], environment: &[(&str, &str)]) {
    let own = ["run", "--log-level", "trace"];
    let place = [("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let environment = [&CREDENTIALS[..], &place, environment].concat();
    let ended = Longshore::start_in(&[&own[..], arguments].concat(), &environment).ends().await;
    assert_ne!(ended.code, Some(0), "{arguments:?} {:#?}", ended.lines);
    assert_no_secret_in_lines(&ended);
}

#[tokio::test]
async fn in_flags_and_variables() {
    let queue = ["--queue", "orders", "--http"];
    for url in [
        "ftp://hush-user:hush@host/",
        "http://hush-user:hush/p@host/",
        "http://hush-user:hush@",
        "http://hush-user:hush p@host:port/",
        "hush-user:hush@host/",
    ] {
        refused(&[&queue[..], &[url]].concat(), &[]).await;
        let handler = [&queue[..], &["http://127.0.0.1:1/"]].concat();
        refused(&handler, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url.replace("http:", "ftp:"))]).await;
        let endpoint = ["--endpoint-url", &*url.replace("http:", "ftp:")];
        refused(&[&endpoint[..], &handler].concat(), &[]).await;
    }
    let queue = ["--queue", "https://hush-user:hush@host/no queue", "--", "true"];
    refused(&queue, &[]).await;
}

#[tokio::test]
async fn in_a_file() {
    for text in [
        // Not TOML: the error shows the line.
        "[[queue]]\nname = \"orders\"\nhandler = { http = \"http://hush:hush@host/ }\n",
        // Keys that do not exist, with values that do not belong here.
        "[aws]\nsecret_access_key = \"hush\"\nsession_token = \"hush\"\n",
        "[otlp]\nheaders = \"authorization=Bearer hush\"\n",
        "[otlp.headers]\nauthorization = \"hush\"\n",
        // A value of the wrong type.
        "[[queue]]\nname = \"orders\"\nhandler = { http = [\"http://hush:hush@host/\"] }\n",
        "[[queue]]\nname = \"orders\"\nhandler = { command = \"./run --token hush\" }\n",
    ] {
        let directory = directory_with("process_secrets_in_a_file", text);
        refused(&["-c", directory.join("longshore.toml").to_str().unwrap()], &[]).await;
    }
}

#[tokio::test]
async fn in_the_settings_that_check_shows() {
    let text = "[otlp]\nendpoint = \"http://hush:hush@host/?api_key=hush\"\n\
                [aws]\nendpoint_url = \"http://hush:hush@127.0.0.1:1/\"\n\
                [[queue]]\nname = \"a\"\nhandler = { http = \"http://hush:hu@hush@host/\" }\n\
                [[queue]]\nname = \"b\"\nhandler = { command = [\"run\", \"--token\", \"hush\"] }\n\
                [[queue]]\nurl = \"http://hush:hush@127.0.0.1:1/1/c\"\nhandler = { command = [\"run\"] }\n";
    let directory = directory_with("process_secrets_in_check", text);
    let file = directory.join("longshore.toml");
    for format in ["text", "json"] {
        let arguments = ["check", "-c", file.to_str().unwrap(), "--format", format];
        let output = output_of(&arguments).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_no_secret(format, &String::from_utf8(output.stdout).unwrap());
        assert_no_secret(format, &String::from_utf8(output.stderr).unwrap());
    }
}
