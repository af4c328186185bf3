//! The tag of a page, so that a refresh without news has no body.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;

/// The time is above it, and differs in each page.
const CONTENT: &str = "<main>";

/// The tag of a page, without its time. It is weak, because an encoding changes the bytes.
pub(super) fn of(html: &str) -> String {
    let content = html.split_once(CONTENT).map_or(html, |(_, content)| content);
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// Whether the client has the page with this tag.
pub(super) fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let known = request.get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_content_of_a_page_changes_its_tag() {
        let tag = of("<header>12:00:00</header><main>well</main>");
        assert_eq!(tag, of("<header>12:00:02</header><main>well</main>"));
        assert_ne!(tag, of("<header>12:00:00</header><main>failing</main>"));
        let request = |tags: &str| {
            HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_str(tags).unwrap())])
        };
        assert!(
            is_known(&request(&tag), &tag) && is_known(&request(&format!("\"x\", {tag}")), &tag)
        );
        assert!(!is_known(&request("\"x\""), &tag) && !is_known(&HeaderMap::new(), &tag));
    }
}
