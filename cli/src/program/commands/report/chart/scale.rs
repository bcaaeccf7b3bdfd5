//! From values to places.

/// A linear scale.
#[derive(Clone, Copy)]
pub(in crate::program::commands::report) struct Scale {
    from: f64,
    width: f64,
    low: f64,
    extent: f64,
}

impl Scale {
    /// The values `from..=to` are at the places `low..=high`, which may be the other way round.
    pub(in crate::program::commands::report) fn new(values: (u64, u64), places: (f64, f64)) -> Self {
        let from = float(values.0);
        let width = (float(values.1) - from).max(1.0);
        Self { from, width, low: places.0, extent: places.1 - places.0 }
    }

    /// The place of a value.
    pub(in crate::program::commands::report) fn at(self, value: u64) -> f64 {
        self.low + (float(value) - self.from) / self.width * self.extent
    }
}

/// A number for drawing. Beyond 2^53 it is near enough.
pub(in crate::program::commands::report) fn float(number: u64) -> f64 {
    let part = |bits: u64| f64::from(u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(u32::MAX));
    part(number >> 32) * 4_294_967_296.0 + part(number)
}

/// Round values from 0 to at least `max`, with at most `most` steps of at least `least`.
pub(in crate::program::commands::report) fn ticks(max: u64, most: u64, least: u64) -> Vec<u64> {
    let max = max.max(1);
    let mut ten = 1_u64;
    let step = 'found: loop {
        for factor in [1, 2, 5] {
            let step = ten.saturating_mul(factor);
            if step >= least && max.div_ceil(step) <= most {
                break 'found step;
            }
        }
        match ten.checked_mul(10) {
            Some(next) => ten = next,
            None => break max,
        }
    };
    (0..=max.div_ceil(step)).map(|number| number.saturating_mul(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_value() {
        assert_eq!(ticks(0, 5, 1), [0, 1]);
        assert_eq!(ticks(7, 5, 1), [0, 2, 4, 6, 8]);
        assert_eq!(ticks(100, 5, 1), [0, 20, 40, 60, 80, 100]);
        assert_eq!(ticks(3, 5, 100), [0, 100]);
        assert_eq!(ticks(1_000_001, 4, 1), [0, 500_000, 1_000_000, 1_500_000]);
        assert!(ticks(u64::MAX, 4, 1).len() <= 5);
    }

    #[test]
    fn a_scale_may_go_down() {
        let scale = Scale::new((0, 10), (100.0, 0.0));
        assert_eq!((scale.at(0), scale.at(5), scale.at(10)), (100.0, 50.0, 0.0));
        assert!(Scale::new((3, 3), (0.0, 1.0)).at(3).is_finite());
        assert_eq!(float(1 << 40), 1_099_511_627_776.0);
    }
}
