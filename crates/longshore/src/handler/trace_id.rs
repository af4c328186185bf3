//! The trace id of a call, as log lines have it.

use crate::trace::TraceContext;

/// The trace id as 32 hexadecimal digits, from `traceparent` or from the X-Ray header.
pub(super) fn of(trace: &TraceContext) -> Option<String> {
    let w3c = trace.traceparent.as_deref().and_then(|parent| parent.split('-').nth(1));
    let id = w3c.map(str::to_owned).or_else(|| {
        let fields = trace.xray.as_deref()?.split(';');
        let root = fields.filter_map(|field| field.trim().strip_prefix("Root=1-")).next()?;
        Some(root.replace('-', ""))
    })?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_from_either_format_and_an_invalid_one_is_none() {
        let w3c = |parent: &str| {
            let traceparent = Some(parent.to_owned());
            of(&TraceContext { traceparent, ..TraceContext::NONE })
        };
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(w3c(&format!("00-{id}-b7ad6b7169203331-01")).as_deref(), Some(id));
        assert_eq!(w3c("00-\nforged-b7ad6b7169203331-01"), None);

        let xray = Some("Self=1;Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned());
        let id = of(&TraceContext { xray, ..TraceContext::NONE });
        assert_eq!(id.as_deref(), Some("5759e988bd862e3fe1be46a994272793"));
    }
}
