//! One of the five fields of a schedule, as a set of numbers.

/// A field and what it accepts.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    least: u8,
    most: u8,
    /// Names for the numbers from `least` on.
    names: &'static [&'static str],
    accepted: &'static str,
    has_two_sundays: bool,
}

pub(crate) const MINUTE: Field = Field::of_numbers("minute", 0, 59, "0 to 59");
pub(crate) const HOUR: Field = Field::of_numbers("hour", 0, 23, "0 to 23");
pub(crate) const DAY: Field = Field::of_numbers("day of the month", 1, 31, "1 to 31");
pub(crate) const MONTH: Field = Field {
    name: "month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    accepted: "1 to 12 or JAN to DEC",
    has_two_sundays: false,
};
/// 0 and 7 are Sunday.
pub(crate) const WEEKDAY: Field = Field {
    name: "day of the week",
    least: 0,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    accepted: "0 to 7 (0 and 7 are Sunday) or SUN to SAT",
    has_two_sundays: true,
};

/// The numbers of a field: bit `n` stands for `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    bits: u64,
    /// The field is `*`. One like `*/1` is not, as in cron.
    pub(crate) is_any: bool,
}

impl Numbers {
    pub(crate) fn has(self, number: u8) -> bool {
        self.bits & (1 << number) != 0
    }

    /// With 7 as another number for 0.
    pub(crate) fn with_sunday(self) -> Self {
        let sunday = (self.bits >> 7) & 1;
        Self { bits: (self.bits | sunday) & 0x7f, ..self }
    }
}

impl Field {
    const fn of_numbers(name: &'static str, least: u8, most: u8, accepted: &'static str) -> Self {
        Self { name, least, most, names: &[], accepted, has_two_sundays: false }
    }

    /// What the field accepts, in words.
    pub(crate) fn accepted(&self) -> String {
        format!("{}; also *, lists (1,2), ranges (1-5) and steps (*/5, 1-9/2)", self.accepted)
    }

    /// The numbers of a text; `None` if the field does not accept it.
    pub(crate) fn parse(&self, text: &str) -> Option<Numbers> {
        let parts = text.split(',').map(|part| self.part(part));
        let bits = parts.collect::<Option<Vec<u64>>>()?.into_iter().fold(0, |all, part| all | part);
        Some(Numbers { bits, is_any: text == "*" })
    }

    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, number(step).filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.least, if self.has_two_sundays { 6 } else { self.most }),
            Some((first, last)) => (self.value(first)?, self.last(last)?),
            // In cron, `5/10` has no meaning.
            None if part != range => return None,
            None => (self.value(range)?, self.value(range)?),
        };
        let numbers = (first..=last).step_by(usize::from(step));
        (first <= last).then(|| numbers.fold(0, |bits, number| bits | 1 << number))
    }

    /// The end of a range. `SAT-SUN` ends with the second number of Sunday.
    fn last(&self, text: &str) -> Option<u8> {
        let value = self.value(text)?;
        let is_name = !text.starts_with(|c: char| c.is_ascii_digit());
        Some(if self.has_two_sundays && is_name && value == 0 { 7 } else { value })
    }

    fn value(&self, text: &str) -> Option<u8> {
        let position = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = position.and_then(|position| u8::try_from(position).ok());
        let value = named.map(|position| position + self.least).or_else(|| number(text))?;
        (self.least..=self.most).contains(&value).then_some(value)
    }
}

/// Digits only: no sign.
fn number(text: &str) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}
