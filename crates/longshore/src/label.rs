//! Closed sets of label values. A new variant adds its series, at zero, from the first scrape.

/// A label with a closed set of values.
pub trait LabelSet: Copy + 'static {
    /// Every member, in the order of [`index`](LabelSet::index).
    const ALL: &'static [Self];
    /// Every value, in the order of [`index`](LabelSet::index).
    const VALUES: &'static [&'static str];

    /// The position of this value in [`VALUES`](LabelSet::VALUES).
    fn index(self) -> usize;

    /// The value, as the label has it.
    fn as_str(self) -> &'static str {
        Self::VALUES[self.index()]
    }
}

macro_rules! label_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl $crate::label::LabelSet for $name {
            const ALL: &'static [Self] = &[$(Self::$value),+];
            const VALUES: &'static [&'static str] = &[$($text),+];
            fn index(self) -> usize { self as usize }
        }
    };
}

pub(crate) use label_set;
