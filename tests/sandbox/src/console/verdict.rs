//! What became of a request, in a word and in a sentence.

use maud::{Markup, html};
use serde_json::Value;

use crate::console::form_table::COMPARE;
use crate::console::view::{ViewContext, number, text};

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Accepted,
    /// The signature was refused.
    Refused,
    /// The request was authentic, and the operation failed.
    Failed,
    /// There is no such operation.
    Unknown,
    /// A fault met it.
    Faulted,
}

impl Ending {
    fn of(row: &Value) -> Self {
        let status = row.get("status").and_then(Value::as_u64);
        let is = |name: &str| row.get(name).is_some_and(|value| !value.is_null());
        if is("diagnosis") {
            return Self::Refused;
        }
        if is("fault") {
            return Self::Faulted;
        }
        match status {
            Some(200..=399) => Self::Accepted,
            _ if !is("operation") => Self::Unknown,
            _ => Self::Failed,
        }
    }

    /// The word, and the class that colours it.
    fn word(self, context: &ViewContext) -> (&'static str, &'static str) {
        match self {
            Self::Accepted => (context.say("通过", "accepted"), "good"),
            Self::Refused => (context.say("验签失败", "signature refused"), "bad"),
            Self::Failed => (context.say("业务拒绝", "failed"), "warn"),
            Self::Unknown => (context.say("没有此接口", "no such operation"), "bad"),
            Self::Faulted => (context.say("故障注入", "met a fault"), "warn"),
        }
    }
}

/// The word in a badge.
pub(crate) fn badge(row: &Value, context: &ViewContext) -> Markup {
    let (word, class) = Ending::of(row).word(context);
    html! { span class={ "badge " (class) } { (word) } }
}

/// The sentence.
pub(crate) fn sentence(row: &Value, context: &ViewContext) -> Markup {
    linked(&words(row, context), row, context)
}

/// A sentence about a request. Where it names the control request that compares, it leads to the form of the request.
pub(crate) fn linked(says: &str, row: &Value, context: &ViewContext) -> Markup {
    let compare = format!("{} {}", COMPARE.method, COMPARE.path);
    let id = number(row, "id");
    html! {
        @for (at, part) in says.split(&compare).enumerate() {
            @if at > 0 {
                a href={ "/_sandbox/requests/" (id) "#form-" (COMPARE.name) "-" (id) } {
                    (context.say("请求", "the form of request")) " #" (id) (context.say(" 的对比框", ""))
                }
            }
            (part)
        }
    }
}

fn words(row: &Value, context: &ViewContext) -> String {
    let status = row.get("status").and_then(Value::as_u64);
    let failed = format!("{} {}", text(row, "code"), text(row, "message"));
    match Ending::of(row) {
        Ending::Accepted => context
            .say("验签通过，已执行。", "The signature is right, and the operation was carried out.")
            .to_owned(),
        Ending::Refused => text(row, "diagnosis").to_owned(),
        Ending::Failed => {
            format!("{} {failed}", context.say("验签通过，但操作被拒绝：", "The operation was refused:"))
        }
        Ending::Unknown if status == Some(405) => context
            .say("路径正确，但HTTP方法不对。", "The path is known, but not with this method.")
            .to_owned(),
        Ending::Unknown => context
            .say(
                "沙箱没有这个路径的接口，请检查URL。",
                "The sandbox has no operation at this path; check the URL.",
            )
            .to_owned(),
        Ending::Faulted => {
            let fault = text(row, "fault");
            match status {
                None => format!(
                    "{} {fault}{}",
                    context.say("遇到故障", "It met the fault"),
                    context.say("，没有应答。", ", and got no answer.")
                ),
                Some(status) => format!(
                    "{} {fault}{} {status}。",
                    context.say("遇到故障", "It met the fault"),
                    context.say("，应答", ", and was answered")
                )
                .replace("。", context.say("。", ".")),
            }
        }
    }
}

/// The status in digits, or a dash.
pub(crate) fn status(row: &Value) -> String {
    row.get("status").and_then(Value::as_u64).map_or_else(|| "—".to_owned(), |status| status.to_string())
}
