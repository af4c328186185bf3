//! A setting of a queue, which a plan may not know yet.

/// The value of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting<T> {
    /// The queue does not have it.
    Unset,
    /// Its value.
    Known(T),
    /// The queue may have it: it was not read, or a plan knows it only after it is applied.
    Unknown,
}

impl<T> Setting<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unset | Self::Unknown => None,
        }
    }

    /// Whether it is not known whether the queue has it.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

impl<T> From<Option<T>> for Setting<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Self::Known)
    }
}
