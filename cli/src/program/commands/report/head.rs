//! The first lines: which campaign it is, and where it stands.

use maud::{Markup, html};
use wechatpay_cli::ledger::{Binding, Report};
use wechatpay_hyper::core::types::{Fen, UnixMillis};

use crate::program::commands::report::amounts::{count, percent, worth, yuan};
use crate::program::commands::report::chart::moment;
use crate::program::commands::report::differences::sum;
use crate::program::commands::report::funnel::used;
use crate::program::texts::{Language, text};

pub(super) fn head(report: &Report, binding: &Binding, now: UnixMillis, language: Language) -> Markup {
    let campaign = &report.campaign;
    html! {
        header {
            @if binding.sandbox {
                p.sandbox role="note" {
                    strong { (text!(in language; "SANDBOX")) } " "
                    (text!(in language; "This ledger was made with a sandbox. Nothing in this report is real."))
                }
            }
            p.kind { (text!(in language; "Report of a coupon campaign")) }
            h1 { (campaign.name) }
            p.facts {
                span { (text!(in language; "Merchant {mchid}", mchid = binding.mchid)) }
                span { (text!(in language; "Stock {stock}", stock = campaign.stock_id)) }
                @if let Some(face) = campaign.face_value {
                    span { (text!(in language; "{amount} a coupon", amount = yuan(face))) }
                }
                span { (text!(in language; "Planned {time}", time = moment(campaign.created_at))) }
                span { (text!(in language; "Report of {time} (Beijing)", time = moment(now))) }
            }
            p.state { (state(report, language)) }
        }
        (tiles(report, language))
    }
}

fn state(report: &Report, language: Language) -> Markup {
    let counts = &report.counts;
    let left = counts.open();
    html! {
        @match &report.campaign.stop {
            Some(stop) => {
                span.badge.bad { (text!(in language; "stopped")) } " " (crate::program::texts::said_in(language, &stop.why))
            },
            None if left == 0 => { span.badge.good { (text!(in language; "done")) } },
            None if report.campaign.paused => { span.badge.warn { (text!(in language; "paused")) } },
            None if report.attempts.is_empty() => { span.badge { (text!(in language; "not begun")) } },
            None => { span.badge { (text!(in language; "not finished")) } },
        }
        @if left > 0 && !report.attempts.is_empty() {
            " " (text!(in language; "{left} of {all} coupons are not settled", left = count(left), all = count(counts.total())))
        }
        @if report.may_be_out > 0 {
            " " span.badge.warn { (text!(in language; "{coupons} may be out", coupons = count(report.may_be_out))) }
        }
    }
}

/// Long amounts are smaller, so that they stay in one line.
fn size(value: &str) -> &'static str {
    match value.chars().count() {
        0..=9 => "big",
        10..=13 => "big-long",
        _ => "big-longer",
    }
}

fn tiles(report: &Report, language: Language) -> Markup {
    let counts = &report.counts;
    let (sent, used, open) = (counts.sent, used(report), sum(report.differences.iter()));
    let value = |coupons| report.campaign.face_value.map(|face| yuan(worth(coupons, face)));
    let fen = |rows: &[wechatpay_cli::ledger::Booked]| {
        rows.iter().fold(0_i64, |sum, row| sum.saturating_add(row.fen.get()))
    };
    let (booked, refunded) = (fen(&report.booked), fen(&report.refunded));
    let share = |part, whole| percent(part, whole).unwrap_or_else(|| "–".to_owned());
    let tile = |name: String, value: String, more: String| {
        html! { div.tile { dt { (name) } dd class=(size(&value)) { (value) } dd { (more) } } }
    };
    html! {
        dl.tiles {
            (tile(
                text!(in language; "Sent"),
                count(sent),
                match value(sent) {
                    Some(value) => text!(in language; "{share} of planned, {value}", share = share(sent, counts.total()), value = value),
                    None => text!(in language; "{share} of planned", share = share(sent, counts.total())),
                },
            ))
            (tile(
                text!(in language; "Used"),
                count(used),
                text!(in language; "{share} of sent", share = share(used, sent)),
            ))
            (tile(
                text!(in language; "Booked, less refunds"),
                yuan(Fen::new(booked.saturating_sub(refunded))),
                if refunded > 0 { text!(in language; "{amount} refunded", amount = yuan(Fen::new(refunded))) }
                else if report.sources.use_files == 0 { text!(in language; "no flow file yet") }
                else { text!(in language; "nothing refunded") },
            ))
            (tile(
                text!(in language; "Refused"),
                count(counts.refused),
                text!(in language; "{share} of planned", share = share(counts.refused, counts.total())),
            ))
            (tile(
                text!(in language; "Open differences"),
                count(open),
                text!(in language; "{closed} closed", closed = count(report.closed_differences)),
            ))
        }
    }
}
