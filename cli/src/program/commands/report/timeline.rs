//! Sums over time: what the chart of money draws.

use wechatpay_cli::ledger::{Booked, Coupons, Report};
use wechatpay_hyper::core::types::{Fen, UnixMillis};

/// What was reached by then, in the unit of its chart.
pub(super) type Points = Vec<(UnixMillis, u64)>;

/// Sent, used and booked over time. In fen if the face value is known, else in coupons.
pub(super) struct Timeline {
    pub(super) sent: Points,
    pub(super) used: Points,
    pub(super) booked: Points,
    pub(super) face: Option<Fen>,
    /// The budget of the stock, and what the campaign plans, in the same unit.
    pub(super) budget: Option<u64>,
    pub(super) planned: u64,
}

impl Timeline {
    pub(super) fn new(report: &Report) -> Self {
        let face = report.campaign.face_value;
        let unit = face.map_or(1, |face| u64::try_from(face.get()).unwrap_or_default());
        let rule = report.stock.as_ref().and_then(|seen| seen.stock.stock_use_rule.as_ref());
        let budget = rule.and_then(|rule| match face {
            Some(face) => rule.max_amount.map(Fen::get).or_else(|| rule.max_coupons?.checked_mul(face.get())),
            None => rule.max_coupons,
        });
        Self {
            sent: coupons(&report.sent, unit),
            used: coupons(&report.used, unit),
            booked: booked(report, face.is_some()),
            face,
            budget: budget.and_then(|budget| u64::try_from(budget).ok()),
            planned: report.counts.total().saturating_mul(unit),
        }
    }

    pub(super) fn lines(&self) -> [&Points; 3] {
        [&self.sent, &self.used, &self.booked]
    }

    /// From the first time to the last.
    pub(super) fn span(&self) -> Option<(UnixMillis, UnixMillis)> {
        let times = || self.lines().into_iter().flatten().map(|(at, _)| *at);
        times().min().zip(times().max())
    }
}

fn coupons(minutes: &[Coupons], unit: u64) -> Points {
    let timed = minutes.iter().filter_map(|minute| Some((minute.at?, minute.coupons)));
    let mut sum = 0_u64;
    let add = |(at, coupons): (UnixMillis, u64)| {
        sum = sum.saturating_add(coupons);
        (at, sum.saturating_mul(unit))
    };
    timed.map(add).collect()
}

/// Uses less refunds.
fn booked(report: &Report, in_fen: bool) -> Points {
    let change = |row: &Booked, sign: i64| {
        let value = if in_fen { row.fen.get() } else { i64::try_from(row.rows).unwrap_or(i64::MAX) };
        Some((row.at?, value.saturating_mul(sign)))
    };
    let uses = report.booked.iter().filter_map(|row| change(row, 1));
    let refunds = report.refunded.iter().filter_map(|row| change(row, -1));
    let mut changes: Vec<(UnixMillis, i64)> = uses.chain(refunds).collect();
    changes.sort_by_key(|(at, _)| *at);
    let mut sum = 0_i64;
    let add = |(at, change): (UnixMillis, i64)| {
        sum = sum.saturating_add(change);
        (at, u64::try_from(sum).unwrap_or_default())
    };
    changes.into_iter().map(add).collect()
}
