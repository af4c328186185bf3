//! `MessageAttributeNames` of a receive: which attributes to hand out.

/// Nothing is handed out unless it is asked for: by name, by `All` or `.*`, or by prefix as in `bar.*`.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeFilter {
    all: bool,
    names: Vec<String>,
    prefixes: Vec<String>,
}

impl AttributeFilter {
    pub(crate) fn new(asked: Vec<String>) -> Self {
        let mut filter = Self::default();
        for name in asked {
            match name.strip_suffix(".*") {
                Some("") => filter.all = true,
                Some(prefix) => filter.prefixes.push(prefix.to_owned()),
                None if name == "All" => filter.all = true,
                None => filter.names.push(name),
            }
        }
        filter
    }

    pub(crate) fn takes_all(&self) -> bool {
        self.all
    }

    pub(crate) fn takes(&self, name: &str) -> bool {
        self.all
            || self.names.iter().any(|asked| asked == name)
            || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(names: &[&str]) -> AttributeFilter {
        AttributeFilter::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn nothing_is_taken_unless_asked_for() {
        assert!(!filter(&[]).takes("a"));
        assert!(!filter(&["b"]).takes("a"));
    }

    #[test]
    fn both_spellings_of_everything_take_everything() {
        assert!(filter(&["All"]).takes("a"));
        assert!(filter(&[".*"]).takes("a"));
    }

    #[test]
    fn a_prefix_takes_what_begins_with_it() {
        let prefix = filter(&["Hel.*"]);
        assert!(prefix.takes("Hello") && prefix.takes("Help.Me") && !prefix.takes("General"));
    }
}
