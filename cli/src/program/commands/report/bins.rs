//! Minutes, put together until they fit on a page.

use std::collections::BTreeMap;

use wechatpay_hyper::core::types::UnixMillis;

const MINUTE: u64 = 60_000;
/// Beijing is ahead of UTC.
const AHEAD: u64 = 8 * 60 * MINUTE;
/// Widths in minutes: whole days at the end.
const WIDTHS: [u64; 15] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160];

/// The width of bins in minutes, so that at most `most` lie between two times.
pub(super) fn width(from: UnixMillis, to: UnixMillis, most: u64) -> u64 {
    let minutes = to.saturating_sub(from).div_ceil(MINUTE).max(1);
    let fits = |width: &u64| minutes.div_ceil(*width) <= most;
    WIDTHS.into_iter().find(fits).unwrap_or_else(|| minutes.div_ceil(most.max(1)))
}

/// When the bin of a time begins, for a width in minutes. Days begin in Beijing.
pub(super) fn begin(at: UnixMillis, width: u64) -> UnixMillis {
    let millis = width.saturating_mul(MINUTE).max(1);
    let local = at.saturating_add(AHEAD);
    local.saturating_sub(local.checked_rem(millis).unwrap_or_default()).saturating_sub(AHEAD)
}

/// Sums by bin.
pub(super) fn sums<const N: usize>(
    values: impl IntoIterator<Item = (UnixMillis, [u64; N])>,
    width: u64,
) -> BTreeMap<UnixMillis, [u64; N]> {
    let mut sums: BTreeMap<UnixMillis, [u64; N]> = BTreeMap::new();
    for (at, values) in values {
        let sum = sums.entry(begin(at, width)).or_insert([0; N]);
        for (sum, value) in sum.iter_mut().zip(values) {
            *sum = sum.saturating_add(value);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_round_in_beijing() {
        // 2026-11-23T00:00:00+08:00.
        let now = 1_795_363_200_000;
        assert_eq!(width(now, now, 60), 1);
        assert_eq!(width(now, now + 90 * 1440 * MINUTE, 60), 2880);
        assert_eq!(begin(now + 5 * MINUTE, 1440), now);
        assert_eq!(begin(now - MINUTE, 1440), now - 1440 * MINUTE);
        let sums = sums([(now, [1]), (now + MINUTE, [2]), (now + 5 * MINUTE, [4])], 5);
        assert_eq!(sums, BTreeMap::from([(now, [3]), (now + 5 * MINUTE, [4])]));
    }
}
