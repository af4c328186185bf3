//! The names of buckets, as a setting.

use super::setting::{RawValue, Setting};

/// A list of names of buckets.
pub(super) struct Buckets(pub(super) Vec<String>);

impl Setting for Buckets {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let names = raw.words().map(Self);
        names.ok_or_else(|| "a list of names of buckets, as in [\"orders-payloads\"]".to_owned())
    }

    fn show(&self) -> String {
        format!("{:?}", self.0)
    }
}
