//! The values that the sender of a message chose, bounded in sum. Servers refuse requests with too
//! many bytes of headers, and the operating system refuses to start a program with too large an
//! environment. Such a message would fail at each receive, however good it is.

/// A header or a variable whose value the sender chose.
pub(super) struct SenderValue<N, V> {
    pub(super) name: N,
    pub(super) value: V,
    /// The bytes of name and value.
    pub(super) bytes: usize,
    /// False for a trace context.
    pub(super) is_attribute: bool,
}

/// Keeps the smallest values whose sum is at most `limit` bytes. Of two values with one name, the
/// first is used.
pub(super) fn within<N: PartialEq, V>(
    limit: usize,
    values: impl IntoIterator<Item = SenderValue<N, V>>,
) -> Vec<SenderValue<N, V>> {
    let mut kept: Vec<SenderValue<N, V>> = Vec::new();
    for value in values {
        if kept.iter().all(|other| other.name != value.name) {
            kept.push(value);
        }
    }
    kept.sort_by_key(|value| value.bytes);
    let mut sum = 0;
    let fit = kept.iter().take_while(|value| {
        sum += value.bytes;
        sum <= limit
    });
    kept.truncate(fit.count());
    kept
}

/// How many of a message's attributes are not among these values.
pub(super) fn omitted<N, V>(attributes: usize, kept: &[SenderValue<N, V>]) -> usize {
    attributes - kept.iter().filter(|value| value.is_attribute).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(limit: usize, values: &[(&'static str, usize)]) -> Vec<(&'static str, usize)> {
        let values = values.iter().map(|&(name, bytes)| SenderValue {
            name,
            value: (),
            bytes,
            is_attribute: true,
        });
        within(limit, values).iter().map(|value| (value.name, value.bytes)).collect()
    }

    #[test]
    fn the_smallest_values_are_kept_up_to_the_limit() {
        let values = [("large", 60), ("small", 10), ("medium", 30)];
        assert_eq!(kept(100, &values), [("small", 10), ("medium", 30), ("large", 60)]);
        assert_eq!(kept(99, &values), [("small", 10), ("medium", 30)]);
        assert_eq!(kept(9, &values), []);
    }

    #[test]
    fn the_first_of_two_values_with_one_name_is_used() {
        assert_eq!(kept(100, &[("name", 60), ("name", 10)]), [("name", 60)]);
    }
}
