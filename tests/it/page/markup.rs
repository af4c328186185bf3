//! What browsers, screen readers and attackers make of the markup.

use std::time::Duration;

use longshore::admin::AdminServer;
use longshore::health::Health;
use longshore::telemetry::Metrics;
use longshore::{Context, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Look, text};
use crate::support::{FakeQueue, Rig, config};

async fn done(_: Message, _: Context) {}

async fn worked(name: &str) -> Rig {
    let queue = FakeQueue::default();
    queue.send_many(7);
    let rig = Rig::with(&queue, config("orders").name(name), done);
    for _ in 0..30 {
        sleep(Duration::from_secs(1)).await;
        rig.metrics.observe();
    }
    rig
}

#[tokio::test(start_paused = true)]
async fn the_page_is_valid_html() {
    let rig = worked("orders").await;
    let look = Look::at(&rig);
    assert!(look.page.errors.is_empty(), "{:?}", look.page.errors);
    assert_eq!(look.all("html[lang=en]").len(), 1);
    assert!(look.text("title").starts_with("orders: well"), "{}", look.text("title"));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn headings_go_down_one_level_at_a_time() {
    let rig = worked("orders").await;
    let look = Look::at(&rig);
    let levels: Vec<u8> = look
        .all("h1, h2, h3, h4, h5, h6")
        .iter()
        .map(|h| h.value().name().as_bytes()[1] - b'0')
        .collect();
    assert_eq!(levels[0], 1);
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_plot_has_a_text_description() {
    let rig = worked("orders").await;
    let look = Look::at(&rig);
    let plots = look.all("svg.plot");
    assert_eq!(plots.len(), 4);
    for plot in plots {
        assert_eq!(plot.attr("role"), Some("img"));
        let words = plot.attr("aria-label").unwrap();
        assert!(words.split_once(". ").is_some_and(|(_, words)| words.contains(char::is_numeric)));
    }
    let others = look.all("svg:not(.plot)");
    assert!(others.iter().all(|mark| mark.attr("aria-hidden") == Some("true")));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_name_is_escaped() {
    let name = "</h2><script>alert('&amp;')</script>\"x";
    let rig = worked(name).await;
    let look = Look::at(&rig);
    assert_eq!(look.text("h2"), name);
    let scripts: Vec<_> = look.all("script").iter().map(|script| script.attr("src")).collect();
    assert_eq!(scripts, [Some("page.js")]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_in_the_page_violates_its_security_policy() {
    let rig = worked("orders").await;
    let look = Look::at(&rig);
    for element in look.all("*") {
        let forbidden = |name: &str| name == "style" || name.starts_with("on");
        assert!(!element.value().attrs().any(|(name, _)| forbidden(name)), "{}", element.html());
    }
    assert!(look.all("style").is_empty());
    for (selector, attribute) in [("script", "src"), ("link", "href"), ("img", "src")] {
        for element in look.all(selector) {
            let target = element.attr(attribute).unwrap_or_default();
            assert!(!target.is_empty() && !target.contains("//"), "{}", element.html());
        }
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_internal_link_has_a_target() {
    let rig = worked("orders").await;
    let look = Look::at(&rig);
    let links: Vec<_> = look.all("a").iter().map(|link| link.attr("href").unwrap()).collect();
    for target in ["slo", "metrics"] {
        assert!(links.contains(&target), "{links:?}");
    }
    for id in links.iter().filter_map(|link| link.strip_prefix('#')) {
        assert_eq!(look.all(&format!("[id='{id}']")).len(), 1, "{id}");
    }
    assert!(look.all("table th").iter().all(|cell| cell.attr("scope").is_some()));
    assert!(!look.all("dl dt").iter().any(|term| text(*term).is_empty()));
    rig.stop().await;
}

async fn ask(admin: &AdminServer, method: &str, path: &str) -> String {
    ask_with(admin, method, path, "").await
}

/// With these header lines.
async fn ask_with(admin: &AdminServer, method: &str, path: &str, lines: &str) -> String {
    let mut client = TcpStream::connect(admin.address()).await.unwrap();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\n{lines}connection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_page_has_security_headers() {
    let (metrics, address) = (Metrics::new(), "127.0.0.1:0".parse().unwrap());
    metrics.register(&config("orders").build().unwrap());
    let admin = AdminServer::start(address, metrics, Health::default()).unwrap();
    let page = ask(&admin, "GET", "/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let policy = page.lines().find(|line| line.starts_with("content-security-policy: ")).unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"));
    for header in ["cache-control: no-store", "x-content-type-options: nosniff"] {
        assert!(page.contains(header), "{page}");
    }
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(body.starts_with("<!doctype html>"));
    let headers_alone = ask(&admin, "HEAD", "/").await;
    assert!(headers_alone.starts_with("HTTP/1.1 200") && headers_alone.ends_with("\r\n\r\n"));
    assert_eq!(headers_alone.lines().count(), head.lines().count() + 1);
    for path in ["/", "/slo", "/page.css", "/page.js"] {
        let refused = ask(&admin, "POST", path).await;
        assert!(refused.starts_with("HTTP/1.1 405"), "{path}: {refused}");
        assert!(refused.to_lowercase().contains("allow: get,head"), "{path}: {refused}");
    }
    for (path, kind) in [("/page.css", "text/css"), ("/page.js", "text/javascript")] {
        let answer = ask(&admin, "GET", path).await;
        assert!(answer.contains(&format!("content-type: {kind}; charset=utf-8")), "{answer}");
    }
    tokio::task::spawn_blocking(|| admin.stop()).await.unwrap();
}

#[tokio::test]
async fn a_page_without_news_is_sent_once() {
    let (metrics, address) = (Metrics::new(), "127.0.0.1:0".parse().unwrap());
    let queue = metrics.register(&config("orders").build().unwrap());
    // An ended queue has no news, so that the time between two requests does not matter.
    queue.ended();
    let admin = AdminServer::start(address, metrics, Health::default()).unwrap();
    let page = ask(&admin, "GET", "/").await;
    let tag = page.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let known = format!("if-none-match: {tag}\r\n");
    let again = ask_with(&admin, "GET", "/", &known).await;
    assert!(again.starts_with("HTTP/1.1 304") && again.ends_with("\r\n\r\n"), "{again}");
    assert!(again.contains("date: ") && again.contains(&format!("etag: {tag}")), "{again}");
    let other = ask_with(&admin, "GET", "/?q=x", &known).await;
    assert!(other.starts_with("HTTP/1.1 200"), "another page has another tag: {other}");
    queue.message_settled(longshore::outcome::Settled::Deleted);
    let changed = ask_with(&admin, "GET", "/", &known).await;
    assert!(changed.starts_with("HTTP/1.1 200"), "{changed}");
    tokio::task::spawn_blocking(|| admin.stop()).await.unwrap();
}
