//! Finds the mistakes.

use crate::diagnosis::finding::{Diagnosis, Finding, Text};
use crate::platform::Platform;
use crate::protocol::auth::Refused;

/// Finds the mistakes in a refused request. `go_on` is asked before each candidate; after `false` the diagnosis ends
/// with what is known.
pub(crate) fn diagnose(
    _refused: &Refused,
    _platform: &Platform,
    _go_on: &mut dyn FnMut() -> bool,
) -> Diagnosis {
    let says = Text {
        zh: "签名的内容与收到的请求不同。".to_owned(),
        en: "The signed message is another one than the message of the request.".to_owned(),
    };
    Diagnosis(vec![Finding { code: "Z", says, expected: None, got: None }])
}
