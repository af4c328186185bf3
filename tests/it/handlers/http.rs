//! A call from its start to its answer, or to the lack of one.

use std::time::{Duration, SystemTime};

use longshore::handler::{HttpError, HttpHandler, NotReady, RejectStatus};
use longshore::{Handler, Verdict};
use longshore_cli::settings::{HandlerConfig, HttpConfig};

use super::scene::{Server, call, message, ran_with, soon, text, undisturbed};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";

/// The verdict on an answer, sent as it stands; the connection is closed behind it.
async fn verdict_on(answer: &str) -> Verdict {
    verdict_with(RejectStatus::default(), answer).await
}

async fn verdict_with(reject_status: RejectStatus, answer: &str) -> Verdict {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap().reject_status(reject_status);
    let serve = async {
        let (mut connection, _) = server.called().await;
        connection.answer(answer).await;
    };
    soon(async { tokio::join!(handler.handle(message("{}"), undisturbed()), serve).0 }).await
}

#[tokio::test]
async fn the_body_is_posted_and_200_means_done() {
    let server = Server::start().await;
    let config = HttpConfig { url: server.url(), ..HttpConfig::default() };
    let handler = HandlerConfig::Http(config).build().unwrap();
    let body = "ö".repeat(1 << 19);
    let serve = async {
        let (mut connection, request) = server.called().await;
        connection.answer(OK).await;
        request
    };
    let handled = handler.handle(message(body.clone()), undisturbed());
    let (verdict, request) = soon(async { tokio::join!(handled, serve) }).await;

    assert_eq!(verdict, Verdict::Done);
    assert!(request.head.starts_with("POST /work?kind=order HTTP/1.1\r\n"), "{}", request.head);
    assert!(request.body == body);
}

/// The request of a message for a handler with periodic tasks, or without.
async fn request_of(runs_tasks: bool, attributes: &[(&str, &str)]) -> (String, String) {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap().runs_periodic_tasks(runs_tasks);
    let mut message = message("elasticbeanstalk scheduled job");
    message.sender_id = Some("AIDAEXAMPLE".to_owned());
    for (name, value) in attributes {
        message.attributes.insert((*name).to_owned(), text(value));
    }
    let serve = async {
        let (mut connection, request) = server.called().await;
        connection.answer(OK).await;
        request
    };
    let handled = handler.handle(message, undisturbed());
    let (verdict, request) = soon(async { tokio::join!(handled, serve) }).await;
    assert_eq!(verdict, Verdict::Done);
    (request.head.to_ascii_lowercase(), request.body)
}

const TASK: [(&str, &str); 4] = [
    ("beanstalk.sqsd.path", "/backup/daily"),
    ("beanstalk.sqsd.task_name", "backup"),
    ("beanstalk.sqsd.scheduled_time", "2026-11-29T23:00:00+00:00"),
    ("kind", "task"),
];

#[tokio::test]
async fn a_periodic_task_is_a_request_without_a_body_to_its_path() {
    let (head, body) = request_of(true, &TASK).await;
    assert!(head.starts_with("post /backup/daily http/1.1\r\n"), "{head}");
    for header in [
        "x-aws-sqsd-taskname: backup",
        "x-aws-sqsd-scheduled-at: 2026-11-29t23:00:00+00:00",
        "x-aws-sqsd-path: /backup/daily",
        "x-aws-sqsd-sender-id: aidaexample",
        "x-aws-sqsd-attr-kind: task",
        "content-length: 0",
    ] {
        assert!(head.contains(&format!("{header}\r\n")), "{header} is missing: {head}");
    }
    assert!(!head.contains("attr-beanstalk") && !head.contains("omitted"), "{head}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn the_sender_chooses_no_path_unless_periodic_tasks_are_enabled() {
    let (head, body) = request_of(false, &TASK).await;
    assert!(head.starts_with("post /work?kind=order http/1.1\r\n"), "{head}");
    assert!(!head.contains("taskname") && !head.contains("attr-beanstalk"), "{head}");
    assert_eq!(body, "elasticbeanstalk scheduled job");
}

#[tokio::test]
async fn a_task_without_a_path_on_the_host_is_rejected() {
    let handler = HttpHandler::new("http://127.0.0.1:1/").unwrap().runs_periodic_tasks(true);
    let mut message = message("");
    message.attributes.insert("beanstalk.sqsd.path".to_owned(), text("//evil.example/"));
    let verdict = soon(handler.handle(message, undisturbed())).await;
    let why = "the attribute beanstalk.sqsd.path is no path that starts with a slash";
    assert_eq!(verdict, Verdict::reject(why));
}

#[tokio::test]
async fn any_other_status_is_a_retry() {
    let only_200 = |status| Verdict::retry(format!("answered {status}; only 200 deletes"));
    assert_eq!(verdict_on("HTTP/1.1 204 No Content\r\n\r\n").await, only_200(204));
    let created = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(verdict_on(created).await, only_200(201));
    let wrong = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n";
    assert_eq!(verdict_on(wrong).await, Verdict::retry("answered 400"));
}

#[tokio::test]
async fn a_server_error_is_an_outage() {
    for status in ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"] {
        let response = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        let expected = Verdict::outage(format!("answered {}", &status[..3]));
        assert_eq!(verdict_on(&response).await, expected);
    }
}

#[tokio::test]
async fn a_date_is_compared_with_that_of_the_response() {
    // The clock of the server is two hours behind.
    let server_time = SystemTime::now() - Duration::from_secs(7200);
    let date = httpdate::fmt_http_date(server_time);
    let retry = httpdate::fmt_http_date(server_time + Duration::from_secs(60));
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nDate: {date}\r\nRetry-After: {retry}\r\n\r\n"
    );
    let Verdict::Outage { after, .. } = verdict_on(&response).await else { panic!("no outage") };
    assert_eq!(after, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn a_check_opens_a_connection_without_a_request() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler = HttpHandler::new(&format!("http://user:secret@{address}/path")).unwrap();
    assert_eq!(soon(handler.check()).await, Ok(()));
    drop(listener);
    let Err(NotReady::Unreachable(reason)) = soon(handler.check()).await else { panic!("ready") };
    assert!(reason.starts_with(&format!("cannot connect to {address}: ")), "{reason}");
    assert!(!reason.contains("secret"), "{reason}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let server = Server::start().await;
    let elsewhere = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let serve = async {
        let (mut connection, _) = server.called().await;
        let location = elsewhere.url();
        let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\n\r\n");
        connection.answer(&answer).await;
    };
    let followed = async { elsewhere.called().await };
    let handled = async { tokio::join!(handler.handle(message("{}"), undisturbed()), serve).0 };
    let verdict = soon(async {
        tokio::select! {
            verdict = handled => verdict,
            _ = followed => panic!("the redirect was followed"),
        }
    })
    .await;
    assert_eq!(verdict, Verdict::retry("answered 307; only 200 deletes"));
}

#[tokio::test]
async fn only_a_configured_status_rejects_the_message() {
    let reject_status = RejectStatus::new([400, 422]).unwrap();
    let verdict = async |status: u16| {
        let answer = format!("HTTP/1.1 {status} Status\r\nContent-Length: 0\r\n\r\n");
        verdict_with(reject_status.clone(), &answer).await
    };
    assert_eq!(verdict(400).await, Verdict::reject("answered 400"));
    assert_eq!(verdict(422).await, Verdict::reject("answered 422"));
    assert_eq!(verdict(404).await, Verdict::retry("answered 404"));
    assert_eq!(verdict(429).await, Verdict::retry("answered 429"));
    assert_eq!(verdict(500).await, Verdict::outage("answered 500"));
    let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(verdict_on(answer).await, Verdict::retry("answered 400"));
}

#[tokio::test]
async fn retry_after_in_seconds_is_used() {
    let answer = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: 120\r\n\r\n";
    let expected = Verdict::retry_after(Duration::from_secs(120), "answered 429");
    assert_eq!(verdict_on(answer).await, expected);
}

#[tokio::test]
async fn retry_after_as_a_date_is_used() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: {date}\r\n\r\n"
    );
    let Verdict::Outage { after: Some(after), reason } = verdict_on(&answer).await else {
        panic!("no time was named");
    };
    let about_an_hour = Duration::from_secs(3500)..=Duration::from_secs(3600);
    assert!(about_an_hour.contains(&after), "{after:?}");
    assert_eq!(reason, "answered 503");
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let url = Server::start().await.url(); // and it is gone again
    let handler = HttpHandler::new(&url.replace("http://", "http://user:secret@")).unwrap();
    let verdict = soon(handler.handle(message("{}"), undisturbed())).await;

    let Verdict::Unavailable { reason } = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("refused"), "{reason}");
    for secret in ["secret", "kind=order"] {
        assert!(!reason.contains(secret), "{reason}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_response_is_complete_is_an_outage() {
    let cuts = ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndo"];
    for cut in cuts {
        let verdict = verdict_on(cut).await;
        assert!(matches!(verdict, Verdict::Outage { after: None, .. }), "{cut:?}: {verdict:?}");
    }
}

#[tokio::test]
async fn an_endless_answer_counts_by_its_status() {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let serve = async {
        let (mut connection, _) = server.called().await;
        connection.answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n").await;
        connection.answer(&"x".repeat(65 * 1024)).await;
        connection.ends().await;
    };
    let handled = handler.handle(message("{}"), undisturbed());
    let (verdict, ()) = soon(async { tokio::join!(handled, serve) }).await;
    assert_eq!(verdict, Verdict::Done);
}

#[tokio::test]
async fn a_call_is_dropped_when_stopping() {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let call = call();
    let serve = async {
        let (mut connection, _) = server.called().await;
        call.stop();
        connection.ends().await;
    };
    let handled =
        handler.handle(message("{}"), call.clone().wind_down(Duration::from_secs(600)).context());
    let (verdict, ()) = soon(async { tokio::join!(handled, serve) }).await;
    assert_eq!(verdict, Verdict::retry("stopped before the response was complete"));

    let late = call.clone().wind_down(Duration::from_secs(600)).context();
    let verdict = soon(handler.handle(message("{}"), late)).await;
    assert_eq!(verdict, Verdict::retry("stopped before the request was sent"));
}

#[tokio::test]
async fn messages_that_follow_one_another_share_a_connection() {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let (mut connection, verdict) = {
        let serve = async {
            let (mut connection, _) = server.called().await;
            connection.answer(OK).await;
            connection
        };
        soon(async { tokio::join!(serve, handler.handle(message("1"), undisturbed())) }).await
    };
    assert_eq!(verdict, Verdict::Done);

    for body in ["2", "3"] {
        let serve = async {
            let request = connection.request().await;
            connection.answer(OK).await;
            request.body
        };
        let handled = handler.handle(message(body), undisturbed());
        let (seen, verdict) = soon(async { tokio::join!(serve, handled) }).await;
        assert_eq!((seen.as_str(), verdict), (body, Verdict::Done));
    }
}

#[tokio::test]
async fn a_plain_call_needs_no_root_certificates_and_asks_no_proxy() {
    let environment = [
        ("SSL_CERT_FILE", "/no/such/file"),
        ("SSL_CERT_DIR", "/no/such/directory"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
    ];
    let name = "http::a_plain_call_needs_no_root_certificates_and_asks_no_proxy";
    if !ran_with(environment, name).await {
        assert_eq!(verdict_on(OK).await, Verdict::Done);
    }
}

#[test]
fn a_handler_does_not_show_the_password_in_its_url() {
    let handler = HttpHandler::new("http://user:secret@localhost/").unwrap();
    assert_eq!(format!("{handler:?}"), "HttpHandler { .. }");
}

#[test]
fn an_unusable_url_is_refused() {
    for url in ["", "localhost:8080", "/work", "ftp://localhost/", "http://"] {
        let refused = HttpHandler::new(url);
        assert!(matches!(refused, Err(HttpError::Url)), "{url}: {refused:?}");
    }
}
