//! How the values of `[otlp]` are read: from the file, and from the variables of OpenTelemetry.

use std::time::Duration;

use reqwest::Url;

use longshore::config::is_http_url;
use longshore::otlp::{Endpoint, Exported, Interval, MetricNames, OtlpCompression, OtlpProtocol};
use longshore::trace::{Propagator, TraceContextUse, TraceSampler};

use crate::settings::setting::{LONGEST, RawValue, Setting};

/// A setting whose values have names.
trait Named: Copy + PartialEq + 'static {
    const NAMES: &'static [(&'static str, Self)];

    fn named(text: Option<&str>) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| Some(*name) == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            format!("one of {}", names.join(", "))
        })
    }

    fn name(self) -> String {
        let found = Self::NAMES.iter().find(|(_, value)| *value == self);
        found.map(|(name, _)| (*name).to_owned()).unwrap_or_default()
    }
}

impl Named for OtlpProtocol {
    const NAMES: &'static [(&'static str, Self)] =
        &[("http/protobuf", Self::Http), ("grpc", Self::Grpc)];
}

impl Named for OtlpCompression {
    const NAMES: &'static [(&'static str, Self)] = &[("none", Self::None), ("gzip", Self::Gzip)];
}

impl Named for MetricNames {
    const NAMES: &'static [(&'static str, Self)] =
        &[("longshore", Self::Longshore), ("semconv", Self::Semconv), ("both", Self::Both)];
}

/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>
impl Named for TraceSampler {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("always_on", Self::AlwaysOn),
        ("always_off", Self::AlwaysOff),
        ("traceidratio", Self::Ratio),
        ("parentbased_always_on", Self::ParentOrAlwaysOn),
        ("parentbased_always_off", Self::ParentOrAlwaysOff),
        ("parentbased_traceidratio", Self::ParentOrRatio),
    ];
}

impl Named for TraceContextUse {
    const NAMES: &'static [(&'static str, Self)] =
        &[("link", Self::Link), ("parent", Self::Parent)];
}

impl Named for Propagator {
    const NAMES: &'static [(&'static str, Self)] =
        &[("tracecontext", Self::TraceContext), ("baggage", Self::Baggage), ("xray", Self::Xray)];
}

macro_rules! setting_by_name {
    ($($type:ty),+) => {$(
        impl Setting for $type {
            fn read(raw: &RawValue<'_>) -> Result<Self, String> {
                Self::named(raw.text())
            }

            fn show(&self) -> String {
                self.name()
            }
        }
    )+};
}

setting_by_name!(MetricNames, OtlpCompression, OtlpProtocol, TraceSampler, TraceContextUse);

/// A list in the file; in `OTEL_PROPAGATORS` names separated by commas, or `none`.
impl Setting for Vec<Propagator> {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let names: Option<Vec<String>> = match raw {
            RawValue::Text(text) if !text.starts_with('[') => {
                Some(text.split(',').map(|name| name.trim().to_owned()).collect())
            }
            RawValue::Text(_) | RawValue::Toml(_) | RawValue::Words(_) => raw.words(),
        };
        let names = names.ok_or_else(|| "a list, as in [\"tracecontext\", \"xray\"]".to_owned())?;
        if names == ["none"] {
            return Ok(Self::new());
        }
        names.iter().map(|name| Propagator::named(Some(name))).collect()
    }

    fn show(&self) -> String {
        let names: Vec<_> = self.iter().map(|propagator| propagator.name()).collect();
        format!("{names:?}")
    }
}

/// `true` or `false` in the file; in `OTEL_TRACES_EXPORTER` and similar variables a list of
/// exporters. Longshore has only `otlp`. `prometheus` is always on and is not pushed.
impl Setting for Exported {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        if let Some(export) = raw.boolean() {
            return Ok(Self(export));
        }
        let mut export = false;
        for name in raw.text().unwrap_or("?").split(',') {
            match name.trim() {
                "otlp" => export = true,
                "none" | "prometheus" => {}
                _ => return Err("true or false; otlp or none in an OTEL_ variable".to_owned()),
            }
        }
        Ok(Self(export))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

impl Setting for Endpoint {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let text = raw.text().filter(|text| is_http_url(text));
        let url = text.and_then(|text| Url::parse(text).ok());
        url.map(Self).ok_or_else(|| "a URL, as in \"http://127.0.0.1:4318\"".to_owned())
    }

    fn show(&self) -> String {
        self.without_secrets()
    }
}

impl Setting for Interval {
    fn read(raw: &RawValue<'_>) -> Result<Self, String> {
        let milliseconds = match raw {
            RawValue::Text(text) => text.parse().ok(),
            RawValue::Toml(_) | RawValue::Words(_) => None,
        };
        match milliseconds.map(Duration::from_millis) {
            Some(interval) if interval <= LONGEST => Ok(Self(interval)),
            Some(_) => Err("milliseconds of at most a day".to_owned()),
            None => Duration::read(raw).map(Self),
        }
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeValue;

    use super::*;

    fn read<T: Setting>(text: &str) -> Result<T, String> {
        T::read(&RawValue::Text(text))
    }

    #[test]
    fn an_unknown_exporter_is_refused() {
        assert_eq!(read("otlp"), Ok(Exported(true)));
        assert_eq!(read("otlp,prometheus"), Ok(Exported(true)));
        assert_eq!(read("none"), Ok(Exported(false)));
        assert_eq!(read("true"), Ok(Exported(true)));
        assert!(read::<Exported>("zipkin").is_err());
        assert!(read::<Exported>("otlp,console").is_err());
    }

    #[test]
    fn propagators_are_a_list_or_separated_by_commas() {
        let both = vec![Propagator::Xray, Propagator::TraceContext];
        assert_eq!(read("xray, tracecontext"), Ok(both.clone()));
        assert_eq!(read(r#"["xray", "tracecontext"]"#), Ok(both));
        assert_eq!(read("none"), Ok(Vec::<Propagator>::new()));
        assert!(read::<Vec<Propagator>>("b3").unwrap_err().contains("\"xray\""));
    }

    #[test]
    fn a_plain_number_is_milliseconds_only_in_a_variable() {
        assert_eq!(read("5000"), Ok(Interval(Duration::from_secs(5))));
        assert_eq!(read("5s"), Ok(Interval(Duration::from_secs(5))));
        assert!(read::<Interval>("86400001").is_err());
        let in_the_file = DeValue::parse("5000").unwrap();
        assert!(Interval::read(&RawValue::Toml(in_the_file.get_ref())).is_err());
    }
}
