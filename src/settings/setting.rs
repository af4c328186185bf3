//! How each type of value is read and shown. Variables and flags use the syntax of the file,
//! without quotes.

use std::net::SocketAddr;
use std::time::Duration;

use toml::de::DeValue;

use longshore::config::{LONGEST_AGE, OnReject, S3TestEvent, Unwrap};
use longshore::handler::{RejectStatus, Stderr};

/// A value before it is read.
pub(super) enum RawValue<'a> {
    /// In the file.
    Toml(&'a DeValue<'a>),
    /// In a variable or a flag.
    Text(&'a str),
    /// The arguments at the end of the command line.
    Words(&'a [String]),
}

impl RawValue<'_> {
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

    fn numbers(&self) -> Option<Vec<u16>> {
        match self {
            Self::Toml(value) => numbers(value),
            Self::Text(text) => numbers(DeValue::parse(text).ok()?.get_ref()),
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

fn numbers(value: &DeValue<'_>) -> Option<Vec<u16>> {
    let number = |value| RawValue::Toml(value).count()?.try_into().ok();
    value.as_array()?.iter().map(|item| number(item.get_ref())).collect()
}

fn strings(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

/// A type of a setting.
pub(super) trait Setting: Sized {
    /// The value, or a text that says what is accepted.
    fn read(raw: &RawValue<'_>) -> Result<Self, String>;

    /// The value as text.
    fn show(&self) -> String;
}

/// No setting needs more than a day. A longer time is a mistake, and could overflow the clock.
pub(super) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Setting for Duration {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        if let Some(number) = raw.number() {
            return Err(format!("a duration with a unit, such as \"{number}s\" for seconds"));
        }
        match raw.text().map(humantime::parse_duration) {
            Some(Ok(duration)) if duration <= LONGEST => Ok(duration),
            Some(Ok(_)) => Err("a duration of at most a day".to_owned()),
            Some(Err(_)) | None => {
                Err("a duration, as in \"20s\", \"1m 30s\" or \"500ms\"".to_owned())
            }
        }
    }

    fn show(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

/// A duration that can be as long as SQS keeps a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Age(pub(super) Duration);

impl Setting for Age {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        match raw.text().map(humantime::parse_duration) {
            Some(Ok(duration)) if duration <= LONGEST_AGE => Ok(Self(duration)),
            Some(Ok(_)) => Err(format!("a duration of at most {}", LONGEST_AGE.show())),
            Some(Err(_)) | None => Duration::read(raw).map(Self),
        }
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

impl Setting for usize {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        whole_number(raw)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u32 {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        whole_number(raw)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

fn whole_number<T: TryFrom<u64>>(raw: &RawValue<'_>) -> Result<T, String> {
    let number = raw.count().and_then(|count| T::try_from(count).ok());
    number.ok_or_else(|| "a whole number, as in 10".to_owned())
}

impl Setting for f64 {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        raw.number().ok_or_else(|| "a number, as in 0.40".to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for bool {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        raw.boolean().ok_or_else(|| "true or false".to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        raw.text().map(str::to_owned).ok_or_else(|| "a text in quotes".to_owned())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Setting for Vec<String> {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let expected =
            "a program and its arguments without a shell, as in [\"./handle\", \"--fast\"]";
        raw.words().ok_or_else(|| expected.to_owned())
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for SocketAddr {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let address = raw.text().and_then(|text| text.parse().ok());
        address.ok_or_else(|| {
            "an address and a port, as in \"127.0.0.1:9464\" or \"0.0.0.0:9464\"".to_owned()
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for OnReject {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        match raw.text() {
            Some("redrive") => Ok(Self::Redrive),
            Some("delete") => Ok(Self::Delete),
            Some("dead_letter") => Ok(Self::DeadLetter),
            Some(_) | None => Err("\"redrive\", \"dead_letter\" or \"delete\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Setting for Unwrap {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        let named = raw.text().and_then(|text| all.find(|value| value.as_str() == text));
        named.ok_or_else(|| "\"none\", \"auto\", \"sns\", \"eventbridge\" or \"s3\"".to_owned())
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Setting for S3TestEvent {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        match raw.text() {
            Some("delete") => Ok(Self::Delete),
            Some("deliver") => Ok(Self::Deliver),
            Some(_) | None => Err("\"delete\" or \"deliver\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Setting for Stderr {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        match raw.text() {
            Some("log") => Ok(Self::Log),
            Some("inherit") => Ok(Self::Inherit),
            Some(_) | None => Err("\"log\" or \"inherit\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Setting for RejectStatus {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let statuses = raw.numbers().and_then(|statuses| Self::new(statuses).ok());
        statuses.ok_or_else(|| Self::EXPECTED.to_owned())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl<T: Setting> Setting for Option<T> {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        T::read(raw).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "not set".to_owned(), T::show)
    }
}
