//! How each type of value is written and shown: the same in the file, the environment and on the
//! command line, save that the latter two need no quotes.

use std::net::SocketAddr;
use std::time::Duration;

use toml::de::DeValue;

use longshore::config::OnReject;

/// A value as somebody wrote it.
pub(super) enum Written<'a> {
    /// In the file.
    Toml(&'a DeValue<'a>),
    /// In a variable or a flag.
    Text(&'a str),
    /// As the words that end the command line.
    Words(&'a [String]),
}

impl Written<'_> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text),
            Self::Words(_) => None,
        }
    }

    fn count(&self) -> Option<u64> {
        match self {
            Self::Toml(value) => {
                let integer = value.as_integer()?;
                u64::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            Self::Text(text) => text.parse().ok(),
            Self::Words(_) => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Toml(DeValue::Integer(integer)) => integer.as_str().parse().ok(),
            Self::Toml(value) => value.as_float()?.as_str().parse().ok(),
            Self::Text(text) => text.parse().ok(),
            Self::Words(_) => None,
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self {
            Self::Toml(value) => value.as_bool(),
            Self::Text(text) => text.to_ascii_lowercase().parse().ok(),
            Self::Words(_) => None,
        }
    }

    pub(super) fn words(&self) -> Option<Vec<String>> {
        match self {
            Self::Toml(value) => strings(value),
            Self::Text(text) => strings(DeValue::parse(text).ok()?.get_ref()),
            Self::Words(words) => Some(words.to_vec()),
        }
    }
}

fn strings(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

/// A type that a key can have.
pub(super) trait Setting: Sized {
    /// The value, or what should have been written.
    fn read(written: &Written<'_>) -> Result<Self, String>;

    /// The value for a reader.
    fn show(&self) -> String;
}

/// No option means more than a day; a longer time is a slip, and could overflow the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Setting for Duration {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        if let Some(number) = written.number() {
            return Err(format!("a duration with its unit: \"{number}s\" if seconds are meant"));
        }
        match written.text().map(humantime::parse_duration) {
            Some(Ok(duration)) if duration <= LONGEST => Ok(duration),
            Some(Ok(_)) => Err("at most a day".to_owned()),
            Some(Err(_)) | None => {
                Err("a duration, as in \"20s\", \"1m 30s\" or \"500ms\"".to_owned())
            }
        }
    }

    fn show(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

impl Setting for usize {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        whole_number(written)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u32 {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        whole_number(written)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

fn whole_number<T: TryFrom<u64>>(written: &Written<'_>) -> Result<T, String> {
    let number = written.count().and_then(|count| T::try_from(count).ok());
    number.ok_or_else(|| "a whole number, as in 10".to_owned())
}

impl Setting for f64 {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        written.number().ok_or_else(|| "a number, as in 0.40".to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for bool {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        written.boolean().ok_or_else(|| "true or false".to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        written.text().map(str::to_owned).ok_or_else(|| "a text in quotes".to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Setting for Vec<String> {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        let expected = "a program and its arguments, as in [\"./handle\", \"--fast\"]; no shell";
        written.words().ok_or_else(|| expected.to_owned())
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for SocketAddr {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        let address = written.text().and_then(|text| text.parse().ok());
        address.ok_or_else(|| {
            "an address and a port, as in \"127.0.0.1:9464\" or \"0.0.0.0:9464\"".to_owned()
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for OnReject {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        match written.text() {
            Some("redrive") => Ok(Self::Redrive),
            Some("delete") => Ok(Self::Delete),
            Some(_) | None => Err("\"redrive\" or \"delete\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Redrive => "redrive".to_owned(),
            Self::Delete => "delete".to_owned(),
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    fn read(written: &Written<'_>) -> Result<Self, String> {
        T::read(written).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "not set".to_owned(), T::show)
    }
}
