//! Open differences by class and age.

use std::collections::BTreeSet;

use maud::{Markup, html};
use wechatpay_cli::ledger::{Age, OpenDifferences, Report};

use crate::program::commands::report::amounts::count;
use crate::program::commands::report::chart::{Bar, bars, moment};
use crate::program::commands::report::figure::{Figure, nothing};
use crate::program::texts::{Language, text};

pub(super) fn differences(report: &Report, language: Language) -> Markup {
    let title = text!(in language; "Open differences by age");
    let open = &report.differences;
    if open.is_empty() {
        let why = match report.closed_differences {
            0 => {
                text!(in language; "No difference is recorded. The command wechatpay reconcile looks for them.")
            }
            closed => text!(in language; "No difference is open. Closed: {closed}.", closed = count(closed)),
        };
        return nothing("differences", &title, &why);
    }
    let of_age = |age: Age| sum(open.iter().filter(|group| group.age == age));
    let bar = |age: Age| Bar {
        name: name(age, language),
        value: of_age(age),
        text: count(of_age(age)),
        class: match age {
            Age::Day | Age::ThreeDays => "open",
            Age::Week => "doubt",
            Age::Month | Age::Older => "bad",
        },
    };
    let list = Age::ALL.map(bar);
    let oldest = open.iter().map(|group| group.oldest).min().map(moment).unwrap_or_default();
    let figure = Figure {
        id: "differences",
        title,
        description: text!(
            in language;
            "{open} differences are open, {closed} are closed. The oldest open one was first seen at {oldest} in Beijing.",
            open = count(sum(open.iter())), closed = count(report.closed_differences), oldest = oldest
        ),
        legend: html! {},
        values_matter: true,
        values_title: text!(in language; "By class"),
        values: table(open, language),
    };
    figure.show(|canvas| bars(canvas, &list))
}

/// How many differences are open.
pub(super) fn sum<'a>(groups: impl Iterator<Item = &'a OpenDifferences>) -> u64 {
    groups.fold(0, |sum, group| sum.saturating_add(group.count))
}

fn name(age: Age, language: Language) -> String {
    match age {
        Age::Day => text!(in language; "less than a day"),
        Age::ThreeDays => text!(in language; "1 to 3 days"),
        Age::Week => text!(in language; "3 to 7 days"),
        Age::Month => text!(in language; "7 to 30 days"),
        Age::Older => text!(in language; "30 days and more"),
    }
}

fn table(open: &[OpenDifferences], language: Language) -> Markup {
    let classes: BTreeSet<&str> = open.iter().map(|group| group.class.as_str()).collect();
    let cell = |class: &str, age: Age| {
        let count_of_it = sum(open.iter().filter(|group| group.class == class && group.age == age));
        if count_of_it == 0 { "–".to_owned() } else { count(count_of_it) }
    };
    html! {
        table {
            thead { tr {
                th scope="col" { (text!(in language; "Class")) }
                @for age in Age::ALL { th.number scope="col" { (name(age, language)) } }
                th.number scope="col" { (text!(in language; "All")) }
            } }
            tbody {
                @for class in classes {
                    tr {
                        th scope="row" { code { (class) } " " span.plain { (meaning(class, language)) } }
                        @for age in Age::ALL { td.number { (cell(class, age)) } }
                        td.number { (count(sum(open.iter().filter(|group| group.class == class)))) }
                    }
                }
            }
        }
    }
}

/// What a class means.
pub(crate) fn meaning(class: &str, language: Language) -> String {
    match class {
        "R1" => text!(in language; "the platform has sent another number of coupons than the ledger"),
        "R2" => text!(in language; "a coupon that may be out"),
        "R3" => text!(in language; "two coupons for one number"),
        "R4" => text!(in language; "one coupon for two rows"),
        "U1" => text!(in language; "a callback, but no row in a flow file"),
        "U2" => text!(in language; "booked, but no callback"),
        "U3" => text!(in language; "booked, but not a coupon of the ledger"),
        "U4" => text!(in language; "another amount than the face value"),
        "U5" => text!(in language; "used outside its time"),
        "U6" => text!(in language; "used before it was sent"),
        "M1" => text!(in language; "used again without a refund between"),
        "M2" => text!(in language; "used beyond its value"),
        "F1" => text!(in language; "a refund without a use"),
        "F2" => text!(in language; "refunded more than was used"),
        "F3" => text!(in language; "the sums of the flow files do not agree"),
        "B1" => text!(in language; "booked more than the budget"),
        "B2" => text!(in language; "prefunded money that is to be returned"),
        _ => String::new(),
    }
}
