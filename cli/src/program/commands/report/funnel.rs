//! From planned to booked.

use maud::{Markup, html};
use wechatpay_cli::ledger::Report;

use crate::program::commands::report::amounts::{count, percent, worth, yuan};
use crate::program::commands::report::chart::{Bar, Canvas, bars};
use crate::program::commands::report::figure::Figure;
use crate::program::texts::{Language, text};

/// A step, or where coupons were left.
struct Step {
    name: String,
    coupons: u64,
    class: &'static str,
}

pub(super) fn funnel(report: &Report, language: Language) -> Markup {
    let step = |name, coupons, class| Step { name, coupons, class };
    let counts = &report.counts;
    let (planned, used) = (counts.total(), used(report));
    let again = counts.retry.saturating_add(counts.sending);
    let steps = [
        step(text!(in language; "Planned"), planned, "planned"),
        step(text!(in language; "Sent"), counts.sent, "sent"),
        step(text!(in language; "Used"), used, "used"),
        step(text!(in language; "Booked"), report.booked_coupons, "booked"),
    ];
    let left = [
        step(text!(in language; "Refused"), counts.refused, "bad"),
        step(text!(in language; "Doubtful"), counts.doubtful, "doubt"),
        step(text!(in language; "To try again"), again, "open"),
        step(text!(in language; "Not tried"), counts.planned, "open"),
        step(text!(in language; "Cancelled"), counts.cancelled, "open"),
    ];
    let mut shown: Vec<&Step> = steps.iter().collect();
    shown.extend(left.iter().filter(|step| step.coupons > 0));
    let share = |step: &Step| percent(step.coupons, planned).unwrap_or_default();
    let bar = |step: &&Step| Bar {
        name: step.name.clone(),
        value: step.coupons,
        text: format!("{} · {}", count(step.coupons), share(step)),
        class: step.class,
    };
    let list: Vec<Bar> = shown.iter().map(bar).collect();
    let figure = Figure {
        id: "funnel",
        title: text!(in language; "From planned to booked"),
        description: text!(
            in language;
            "Of {planned} planned coupons, {sent} were sent. {used} of them were used, and {booked} are in a flow file.",
            planned = count(planned), sent = count(counts.sent), used = count(used), booked = count(report.booked_coupons)
        ),
        legend: html! {},
        values_matter: false,
        values_title: text!(in language; "As a table"),
        values: table(report, language, steps.iter().chain(&left), planned),
    };
    let missing = missing(report, language);
    html! {
        (figure.show(|canvas: Canvas| bars(canvas, &list)))
        @if let Some(missing) = missing { p.nothing { (missing) } }
    }
}

/// Coupons that were used.
pub(super) fn used(report: &Report) -> u64 {
    report.used.iter().fold(0, |sum, minute| sum.saturating_add(minute.coupons))
}

/// Why there may be nothing in the last bars.
fn missing(report: &Report, language: Language) -> Option<String> {
    let sources = &report.sources;
    match (sources.callbacks > 0, sources.use_files > 0) {
        (true, true) => None,
        (false, false) if used(report) > 0 => None,
        (false, true) => {
            Some(text!(in language; "No callback was received yet. Uses are known from flow files."))
        }
        (true, false) => Some(
            text!(in language; "No flow file was imported yet, so nothing is booked. Uses are known from callbacks."),
        ),
        (false, false) => Some(
            text!(in language; "No callback was received and no flow file was imported yet, so it is not known which coupons were used."),
        ),
    }
}

fn table<'a>(
    report: &Report,
    language: Language,
    steps: impl Iterator<Item = &'a Step>,
    planned: u64,
) -> Markup {
    let face = report.campaign.face_value;
    html! {
        table {
            thead { tr {
                th scope="col" { (text!(in language; "State")) }
                th.number scope="col" { (text!(in language; "Coupons")) }
                @if face.is_some() { th.number scope="col" { (text!(in language; "Face value")) } }
                th.number scope="col" { (text!(in language; "Of planned")) }
            } }
            tbody {
                @for step in steps {
                    tr {
                        th scope="row" { (step.name) }
                        td.number { (count(step.coupons)) }
                        @if let Some(face) = face { td.number { (yuan(worth(step.coupons, face))) } }
                        td.number { (percent(step.coupons, planned).unwrap_or_else(|| "–".to_owned())) }
                    }
                }
            }
        }
    }
}
