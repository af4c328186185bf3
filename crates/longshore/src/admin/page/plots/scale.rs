//! The upper ends of axes.

/// A round number above all values. It is the same for similar values, so that a scale does not
/// change with every refresh.
pub(in crate::admin::page) fn top(values: impl IntoIterator<Item = f64>, least: f64) -> f64 {
    let most = values.into_iter().fold(least, f64::max);
    let decade = 10f64.powf(most.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0];
    steps.iter().map(|step| step * decade).find(|top| *top >= most * 1.05).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round_and_above_the_values() {
        assert_eq!(top([92.3, 97.0, 88.1], 1.0), 150.0);
        assert_eq!(top([85.0], 1.0), 100.0);
        assert_eq!(top([], 1.0), 1.5);
        assert_eq!(top([0.3], 0.1), 0.4);
        assert_eq!(top([0.0], 0.1), 0.15000000000000002);
    }
}
