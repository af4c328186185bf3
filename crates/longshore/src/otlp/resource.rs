//! The resource: what every push and every exported span says about this process.

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use super::SCOPE;
use super::config::OtlpConfig;

const NAME: Key = Key::from_static_str("service.name");
const INSTANCE: Key = Key::from_static_str("service.instance.id");

/// The attributes of `OTEL_RESOURCE_ATTRIBUTES`, the service name and version, and an instance id.
/// Without an instance id, two workers push the same series, so a counter appears to reset with
/// each push.
pub(super) fn of_process(config: &OtlpConfig) -> Resource {
    let found = Resource::builder().build();
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let mut builder = Resource::builder().with_attribute(version);
    if let Some(name) = &config.service_name {
        builder = builder.with_service_name(name.clone());
    } else if !has_name(&found) {
        builder = builder.with_service_name(SCOPE);
    }
    let has_instance = found.get(&INSTANCE).is_some_and(|id| !id.as_str().is_empty());
    if !has_instance {
        builder = builder.with_attribute(KeyValue::new(INSTANCE, random_uuid()));
    }
    builder.build()
}

/// The SDK names a service that has no name `unknown_service`.
fn has_name(resource: &Resource) -> bool {
    resource.get(&NAME).is_some_and(|name| !name.as_str().starts_with("unknown_service"))
}

/// A UUID of version 4, from the random source of trace ids.
fn random_uuid() -> String {
    let mut bytes = RandomIdGenerator::default().new_trace_id().to_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = |part: &[u8]| part.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let parts = [&bytes[..4], &bytes[4..6], &bytes[6..8], &bytes[8..10], &bytes[10..]];
    parts.map(hex).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_id_is_a_uuid_of_version_4() {
        let id = random_uuid();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(&id[14..15], "4", "{id}");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, random_uuid());
    }
}
