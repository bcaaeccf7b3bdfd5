//! How long it took from sending to the first use.

use maud::{Markup, html};
use wechatpay_cli::ledger::{Delay, Report};

use crate::program::commands::report::amounts::{count, percent};
use crate::program::commands::report::chart::{Bar, bars};
use crate::program::commands::report::figure::{Figure, nothing};
use crate::program::texts::{Language, text};

pub(super) fn time_to_use(report: &Report, language: Language) -> Markup {
    let title = text!(in language; "Time from sending to use");
    let coupons = |delay: Delay| {
        let of_it = report.delays.iter().filter(|delays| delays.within == delay);
        of_it.fold(0_u64, |sum, delays| sum.saturating_add(delays.coupons))
    };
    let all = Delay::ALL.into_iter().map(coupons).fold(0_u64, u64::saturating_add);
    if all == 0 {
        return nothing("use", &title, &text!(in language; "No use of a coupon is known yet."));
    }
    let shown: Vec<(Delay, u64)> = Delay::ALL
        .into_iter()
        .map(|delay| (delay, coupons(delay)))
        .filter(|(delay, coupons)| *delay != Delay::Before || *coupons > 0)
        .collect();
    let bar = |(delay, coupons): &(Delay, u64)| Bar {
        name: name(*delay, language),
        value: *coupons,
        text: format!("{} · {}", count(*coupons), percent(*coupons, all).unwrap_or_default()),
        class: if *delay == Delay::Before { "bad" } else { "used" },
    };
    let list: Vec<Bar> = shown.iter().map(bar).collect();
    let day =
        [Delay::Hour, Delay::SixHours, Delay::Day].map(coupons).into_iter().fold(0, u64::saturating_add);
    let figure = Figure {
        id: "use",
        title,
        description: text!(
            in language;
            "Of {all} coupons whose use is known, {day} were used within a day.",
            all = count(all), day = count(day)
        ),
        legend: html! {},
        values_matter: false,
        values_title: text!(in language; "As a table"),
        values: html! {
            table {
                thead { tr {
                    th scope="col" { (text!(in language; "Time")) }
                    th.number scope="col" { (text!(in language; "Coupons")) }
                    th.number scope="col" { (text!(in language; "Share")) }
                } }
                tbody {
                    @for (delay, coupons) in &shown {
                        tr {
                            th scope="row" { (name(*delay, language)) }
                            td.number { (count(*coupons)) }
                            td.number { (percent(*coupons, all).unwrap_or_default()) }
                        }
                    }
                }
            }
        },
    };
    figure.show(|canvas| bars(canvas, &list))
}

fn name(delay: Delay, language: Language) -> String {
    match delay {
        Delay::Before => text!(in language; "before it was sent"),
        Delay::Hour => text!(in language; "less than an hour"),
        Delay::SixHours => text!(in language; "1 to 6 hours"),
        Delay::Day => text!(in language; "6 to 24 hours"),
        Delay::ThreeDays => text!(in language; "1 to 3 days"),
        Delay::Week => text!(in language; "3 to 7 days"),
        Delay::Month => text!(in language; "7 to 30 days"),
        Delay::Longer => text!(in language; "30 days and more"),
    }
}
