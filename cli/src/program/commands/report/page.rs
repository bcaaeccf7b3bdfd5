//! The page.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use wechatpay_cli::ledger::{Binding, Report};
use wechatpay_hyper::core::types::UnixMillis;

use crate::program::commands::report::amounts::count;
use crate::program::commands::report::chart::moment;
use crate::program::commands::report::differences::differences;
use crate::program::commands::report::funnel::funnel;
use crate::program::commands::report::head::head;
use crate::program::commands::report::money::money;
use crate::program::commands::report::pace::pace;
use crate::program::commands::report::refusals::refusals;
use crate::program::commands::report::time_to_use::time_to_use;
use crate::program::texts::{Language, text};

const STYLE: &str = include_str!("report.css");
/// Nothing is loaded and nothing is run, whatever a name in the ledger contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn page(report: &Report, binding: &Binding, now: UnixMillis, language: Language) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title {
                    @if binding.sandbox { (text!(in language; "SANDBOX")) " · " }
                    (report.campaign.name) " · " (text!(in language; "Report of a coupon campaign"))
                }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (patterns())
                main {
                    (head(report, binding, now, language))
                    (funnel(report, language))
                    (money(report, language))
                    (pace(report, language))
                    (time_to_use(report, language))
                    (refusals(report, language))
                    (differences(report, language))
                    (sources(report, language))
                }
            }
        }
    }
}

/// What is told apart without colour.
fn patterns() -> Markup {
    html! {
        svg.patterns aria-hidden="true" {
            defs {
                pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    rect.ground-bad width="6" height="6" {}
                    rect.stripe width="2" height="6" {}
                }
                pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse" {
                    rect.ground-doubt width="6" height="6" {}
                    circle.stripe cx="3" cy="3" r="1.2" {}
                }
            }
        }
    }
}

/// From where the numbers are.
fn sources(report: &Report, language: Language) -> Markup {
    let sources = &report.sources;
    html! {
        footer {
            h2 { (text!(in language; "Where the numbers are from")) }
            p {
                @if let Some(last) = sources.last_callback {
                    (text!(
                        in language;
                        "Callbacks: {callbacks}, the last at {last}.",
                        callbacks = count(sources.callbacks), last = moment(last)
                    ))
                } @else {
                    (text!(in language; "No callback was received."))
                }
                " "
                @if let Some(last) = sources.last_file {
                    (text!(
                        in language;
                        "Flow files: {uses} of uses and {refunds} of refunds, the last at {last}.",
                        uses = count(sources.use_files), refunds = count(sources.refund_files), last = moment(last)
                    ))
                } @else {
                    (text!(in language; "No flow file was imported."))
                }
                " "
                @if let Some(seen) = &report.stock {
                    (text!(in language; "The stock was asked for at {time}.", time = moment(seen.at)))
                } @else {
                    (text!(in language; "The stock was not recorded."))
                }
            }
            p {
                (text!(in language; "Sent: WeChat Pay has said so, signed. Used: a callback or a flow file says so. Booked: a flow file says so. A coupon counts once however often it was used."))
                " "
                (text!(in language; "All times are those of Beijing (UTC+8). The report has no user and no key."))
            }
        }
    }
}
