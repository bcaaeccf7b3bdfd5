//! Refused coupons by code.

use maud::{Markup, html};
use wechatpay_cli::ledger::{RefusalGroup, Report};
use wechatpay_hyper::core::error::ErrorCode;

use crate::program::commands::explain::{explained, explained_internal};
use crate::program::commands::report::amounts::{count, percent};
use crate::program::commands::report::chart::{Bar, bars};
use crate::program::commands::report::figure::{Figure, nothing};
use crate::program::texts::{Language, said_in, text};

/// How many codes have a bar. The table has all.
const BARS: usize = 10;

pub(super) fn refusals(report: &Report, language: Language) -> Markup {
    let title = text!(in language; "Refusals by code");
    let groups = &report.refusals;
    if groups.is_empty() {
        return nothing("refusals", &title, &text!(in language; "No coupon was refused."));
    }
    let all = report.counts.refused;
    let bar = |group: &RefusalGroup| Bar {
        name: name(group, language),
        value: group.intents,
        text: format!("{} · {}", count(group.intents), percent(group.intents, all).unwrap_or_default()),
        class: "bad",
    };
    let list: Vec<Bar> = groups.iter().take(BARS).map(bar).collect();
    let figure = Figure {
        id: "refusals",
        title,
        description: text!(in language; "{all} coupons were refused. Their users do not have them.", all = count(all)),
        legend: html! {},
        values_matter: true,
        values_title: text!(in language; "What the codes mean"),
        values: table(groups, language),
    };
    figure.show(|canvas| bars(canvas, &list))
}

fn name(group: &RefusalGroup, language: Language) -> String {
    group.code.clone().unwrap_or_else(|| text!(in language; "without a code"))
}

fn table(groups: &[RefusalGroup], language: Language) -> Markup {
    html! {
        table {
            thead { tr {
                th scope="col" { (text!(in language; "Code")) }
                th.number scope="col" { (text!(in language; "Coupons")) }
                th scope="col" { (text!(in language; "Meaning")) }
            } }
            tbody {
                @for group in groups {
                    tr {
                        th scope="row" {
                            code { (name(group, language)) }
                            @if let Some(internal) = &group.internal_code { br; span.soft { (internal) } }
                        }
                        td.number { (count(group.intents)) }
                        td { (meaning(group, language)) }
                    }
                }
            }
        }
    }
}

/// What is known of the code. The platform's own text is not shown: it may say anything.
fn meaning(group: &RefusalGroup, language: Language) -> Markup {
    let known = group.code.as_ref().and_then(|code| explained(&ErrorCode::from(code.as_str())));
    let internal = group.internal_code.as_deref().and_then(explained_internal).map(|(_, means)| means);
    html! {
        @match (internal, &known) {
            (Some(internal), _) => (said_in(language, internal)),
            (None, Some(known)) => (said_in(language, known.means)),
            (None, None) if group.code.is_none() =>
                (text!(in language; "the request could not be built, or a person decided so")),
            (None, None) => (text!(in language; "not known to this program")),
        }
        @if let Some(known) = known {
            br;
            span.soft { (text!(in language; "What to do: {remedy}", remedy = said_in(language, known.remedy))) }
        }
    }
}
