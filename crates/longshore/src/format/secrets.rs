//! Secrets in texts that this process did not write, or that it was configured with.

use std::sync::LazyLock;

use regex_lite::Regex;

/// What is secret, and what is shown instead.
static SECRETS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let parts = [
        // A URL with a user or a password, which can contain an `@`.
        (r#"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s"]+@"#, "${scheme}***@"),
        // A password with a slash, which is not valid. `http://host:8080/@` has a port.
        (
            r#"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/:\s"]+:[0-9]*[^0-9/\s"][^\s"]*@"#,
            "${scheme}***@",
        ),
        // Signed headers and parameters, which SQS repeats in the text of some errors.
        (
            r#"(?i)(?P<key>x-amz-security-token|x-amz-signature|x-amz-credential|authorization|credential|signature|awsaccesskeyid)(?P<is>["']?\s*[:=]\s*["']?)(?:(?:bearer|basic|aws4-hmac-sha256)\s+)?[^\s&,;"']+"#,
            "${key}${is}***",
        ),
        // Arguments of a command: the value follows the name, in a list of quoted words or in a text.
        (
            r#"(?i)(?P<key>"--?[a-z_-]*(?:token|secret|password|passwd|api[_-]?key|access[_-]?key))(?P<is>",?\s+")[^"]+"#,
            "${key}${is}***",
        ),
        (
            r#"(?i)(?P<key>(?:^|[\s"'])--?[a-z_-]*(?:token|secret|password|passwd|api[_-]?key|access[_-]?key))(?P<is>=|\s+["']?)[^\s"']+"#,
            "${key}${is}***",
        ),
        // Parameters of a URL, fields of JSON and settings. A text in a text has `\"` instead of `"`.
        (
            r#"(?i)(?P<key>token|secret|password|passwd|api[_-]?key|access[_-]?key|auth|sig)(?P<is>\\*["']?\s*=\s*\\*["']?|\\*["']\s*:\s*\\*["']?)(?:[^\s&,;"'\\]|\\[^"'])+"#,
            "${key}${is}***",
        ),
        // Elements of XML, as in the answers of STS.
        (
            r"(?i)(?P<key><[a-z]*(?:token|secret|password|access-?key|accesskeyid)>)[^<\s]+",
            "${key}***",
        ),
        // The ids of access keys.
        (r"\b(?P<kind>AKIA|ASIA)[0-9A-Z]{12,}", "${kind}***"),
        // Session tokens, whatever is around them.
        (r"[A-Za-z0-9+/]{80,}={0,2}", "***"),
    ];
    let compile = |(pattern, shown)| (Regex::new(pattern).expect("the pattern is valid"), shown);
    parts.map(compile).into()
});

/// The text with `***` for user names and passwords in URLs, tokens, signatures and keys.
pub fn masked(text: &str) -> String {
    SECRETS.iter().fold(text.to_owned(), |text, (pattern, shown)| {
        pattern.replace_all(&text, *shown).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_is_not() {
        let token = "IQoJb3JpZ2luX2VjEXAMPLE".repeat(20);
        for (text, expected) in [
            ("http://user:pass@host:8080/path", "http://***@host:8080/path"),
            ("https://ghp_abc@host/", "https://***@host/"),
            ("http://user:p@ss@host/", "http://***@host/"),
            ("http://user:it's@host/", "http://***@host/"),
            ("http://user:pa/ss@host/x", "http://***@host/x"),
            ("http://host:8080/a@b", "http://host:8080/a@b"),
            ("http://host/?from=a@b", "http://host/?from=a@b"),
            (r#"["./run", "--api-key", "abc", "x"]"#, r#"["./run", "--api-key", "***", "x"]"#),
            (r#"["--token", "ab,cd]ef", "x"]"#, r#"["--token", "***", "x"]"#),
            ("./run --token abc x", "./run --token *** x"),
            ("./run --token=ab,cd x", "./run --token=*** x"),
            ("./run --api_key abc x", "./run --api_key *** x"),
            ("the security-token is invalid", "the security-token is invalid"),
            ("https://host/hook?token=abc&page=2", "https://host/hook?token=***&page=2"),
            (
                "GET /?X-Amz-Signature=abc123&X-Amz-Date=2026",
                "GET /?X-Amz-Signature=***&X-Amz-Date=2026",
            ),
            ("x-amz-security-token:IQoJ+/=\nhost:sqs", "x-amz-security-token:***\nhost:sqs"),
            (r#"{"password": "x", "page": 2}"#, r#"{"password": "***", "page": 2}"#),
            (r#"b"{\"SecretAccessKey\": \"x/y\"}""#, r#"b"{\"SecretAccessKey\": \"***\"}""#),
            ("<SessionToken>x+y==</SessionToken>", "<SessionToken>***</SessionToken>"),
            ("Authorization: Bearer abc.def", "Authorization: ***"),
            ("for AKIAIOSFODNN7EXAMPLE is not valid", "for AKIA*** is not valid"),
            (&format!("token {token} expired"), "token *** expired"),
            (
                "InvalidClientTokenId: The security token included in the request is invalid",
                "InvalidClientTokenId: The security token included in the request is invalid",
            ),
            (
                "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
                "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
