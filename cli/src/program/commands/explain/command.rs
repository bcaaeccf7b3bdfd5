//! `explain`.

use serde_json::json;
use wechatpay_hyper::core::error::ErrorCode;

use crate::program::arguments::Explain;
use crate::program::commands::explain::{codes, internal};
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::{Output, fields, members};
use crate::program::texts::{said, text};

/// Explains a code, an internal number, or the one at the end of a `Request-ID`.
///
/// # Errors
/// A [`Failure`] if it is not known.
pub(crate) fn explain(output: &Output, arguments: &Explain) -> Result<Exit, Failure> {
    let asked = arguments.code.trim();
    let last = asked.rsplit('-').next().unwrap_or(asked);
    if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
        return number(output, asked, last);
    }
    let code = ErrorCode::from(asked.to_ascii_uppercase());
    let known = codes::of(&code).ok_or_else(|| unknown(asked))?;
    let json = json!({
        "code": code, "official": known.official, "means": known.means, "remedy": known.remedy,
    });
    output.document(members(json), || code_lines(&code, &known))?;
    Ok(Exit::Done)
}

fn number(output: &Output, asked: &str, number: &str) -> Result<Exit, Failure> {
    let (code, means) = internal::of(number).ok_or_else(|| unknown(asked))?;
    let code = code.map(ErrorCode::from);
    let known = code.as_ref().and_then(codes::of);
    let json = json!({
        "internal_code": number, "means": means, "code": code,
        "remedy": known.as_ref().map(|known| known.remedy),
    });
    output.document(members(json), || {
        let code = code.as_ref().map(|code| code.as_str().to_owned());
        let remedy = known.as_ref().map(|known| said(known.remedy).to_owned());
        fields([
            ("internal code", Some(number.to_owned())),
            ("means", Some(said(means).to_owned())),
            ("comes with", code),
            ("what to do", remedy),
        ])
    })?;
    Ok(Exit::Done)
}

fn code_lines(code: &ErrorCode, known: &codes::Known) -> String {
    fields([
        ("code", Some(format!("{code} ({})", known.official))),
        ("means", Some(said(known.means).to_owned())),
        ("what to do", Some(said(known.remedy).to_owned())),
    ])
}

fn unknown(asked: &str) -> Failure {
    Failure::failed(text!("{asked} is not known here", asked = asked))
        .advice(text!("an unknown code needs a person: contact the platform's support with the Request-ID"))
}
