//! The statuses that reject a message.

use std::fmt;

/// Statuses of a response that say when, or how, the same request can succeed: a timeout (408), too
/// early (425), too many requests (429) and headers that are too large (431).
const TEMPORARY: [u16; 4] = [408, 425, 429, 431];

/// The HTTP statuses that reject a message: 4xx codes except 408, 425, 429 and 431. Default: none.
///
/// ```
/// use longshore::handler::RejectStatus;
///
/// let statuses = RejectStatus::new([422, 400])?;
/// assert_eq!(statuses.to_string(), "[400, 422]");
/// assert!(RejectStatus::new([429]).is_err());
/// # Ok::<(), longshore::handler::RejectStatusError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RejectStatus(Vec<u16>);

/// A status that cannot reject a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("status {0} cannot reject a message; expected {expected}", expected = RejectStatus::EXPECTED)]
pub struct RejectStatusError(u16);

impl RejectStatus {
    /// The accepted statuses, in words.
    pub const EXPECTED: &str =
        "statuses from 400 to 499, except 408, 425, 429 and 431, as in [400, 422]";

    /// The set of these statuses.
    ///
    /// # Errors
    /// If one of them is no 4xx code, or says that the same request can succeed later.
    pub fn new(statuses: impl IntoIterator<Item = u16>) -> Result<Self, RejectStatusError> {
        let mut all: Vec<u16> = statuses.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        let is_wrong = |status: &&u16| !(400..500).contains(*status) || TEMPORARY.contains(status);
        match all.iter().find(is_wrong) {
            Some(wrong) => Err(RejectStatusError(*wrong)),
            None => Ok(Self(all)),
        }
    }

    pub(super) fn contains(&self, status: u16) -> bool {
        self.0.binary_search(&status).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As in `longshore.toml`: `[400, 422]`.
impl fmt::Display for RejectStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_permanent_client_errors_can_reject() {
        for wrong in [0, 200, 399, 408, 425, 429, 431, 500, 503, 65_535] {
            assert_eq!(RejectStatus::new([400, wrong]), Err(RejectStatusError(wrong)), "{wrong}");
        }
        let statuses = RejectStatus::new([499, 400, 422, 400]).unwrap();
        assert_eq!(statuses.to_string(), "[400, 422, 499]");
        assert!(statuses.contains(400) && statuses.contains(499) && !statuses.contains(404));
    }
}
