//! Paths and methods.

use super::raw::{Raw, statuses};
use super::{admin, assert_both_answer, local};

fn request(method: &str, target: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nhost: x\r\nx-echo: hush\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn only_the_documented_paths_of_the_admin_endpoint_exist() {
    let admin = admin();
    for (target, expected) in [
        ("/metrics", 200),
        ("http://elsewhere.example/metrics", 200),
        ("/metrics?x=%00", 200),
        ("/metrics/", 404),
        ("//metrics", 404),
        ("/../metrics", 404),
        ("/slo/../metrics", 404),
        ("/%2e%2e/metrics", 404),
        ("/%2e%2e%2f%2e%2e%2fetc/passwd", 404),
        ("/..%5c..%5cetc/passwd", 404),
        ("/page.css%00.html", 404),
        ("/%metrics", 404),
        ("/\u{7f}metrics", 400),
        ("/met\0rics", 400),
        ("metrics", 404),
        ("*", 404),
        ("", 400),
    ] {
        let answer = Raw::ask(admin.address(), request("GET", target)).await;
        assert_eq!(statuses(&answer), [expected], "{target:?}: {answer}");
        assert!(!answer.contains("hush") && !answer.contains("root:"), "{answer}");
    }
}

#[tokio::test]
async fn only_the_control_paths_of_the_local_queue_answer_a_get() {
    let local = local().await;
    for (target, expected) in [
        ("/_local/state", 200),
        ("http://elsewhere.example/_local/state", 200),
        ("/_local/../_local/state", 404),
        ("/_local//state", 404),
        ("/_local/%73tate", 404),
        ("/_local/state/", 404),
        ("/../../etc/passwd", 404),
        ("/%2e%2e/_local/state", 404),
        ("//_local/state", 404),
        ("/_local/sta\0te", 400),
        ("", 400),
    ] {
        let answer = Raw::ask(local.address(), request("GET", target)).await;
        assert_eq!(statuses(&answer), [expected], "{target:?}: {answer}");
        assert!(!answer.contains("hush") && !answer.contains("root:"), "{answer}");
    }
}

#[tokio::test]
async fn a_method_that_no_path_has_is_refused_and_echoes_nothing() {
    let (admin, local) = (admin(), local().await);
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW", "get"] {
        let answer = Raw::ask(admin.address(), request(method, "/metrics")).await;
        assert_eq!(statuses(&answer), [405], "{method}: {answer}");
        let state = Raw::ask(local.address(), request(method, "/_local/state")).await;
        assert_eq!(statuses(&state), [405], "{method}: {state}");
        let queue = Raw::ask(local.address(), request(method, "/000000000000/orders")).await;
        assert_eq!(statuses(&queue), [404], "{method}: {queue}");
        for answer in [answer, state, queue] {
            assert!(!answer.contains("hush"), "{answer}");
            // A web page of another origin may not read or send anything.
            assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
        }
    }
    for target in ["x:80", "/metrics"] {
        let connect = Raw::ask(admin.address(), request("CONNECT", target)).await;
        assert!(statuses(&connect).iter().all(|status| *status >= 400), "{connect}");
        let connect = Raw::ask(local.address(), request("CONNECT", target)).await;
        assert!(statuses(&connect).iter().all(|status| *status >= 400), "{connect}");
    }
    assert_both_answer(&admin, &local).await;
}
