//! The cause of a failed check, and its remedy.

use wechatpay_hyper::core::Error;
use wechatpay_hyper::core::error::{Advice, ApiError, ErrorCode, SignedPart, StopReason, VerifyErrorKind};

use crate::program::exit::Exit;
use crate::program::texts::{marked, said};

/// Why a check failed.
pub(super) struct Diagnosis {
    /// What is wrong, in one word.
    pub(super) cause: &'static str,
    /// What is wrong, and what to do.
    pub(super) says: String,
    /// What the platform received otherwise than it was signed, if it says so.
    pub(super) differences: Option<Vec<String>>,
    pub(super) exit: Exit,
}

type Found = (&'static str, &'static str, Exit);

const CLOCK: Found = (
    "clock",
    marked!("the clock of this machine is wrong. Set it, and keep it right with NTP"),
    Exit::Configuration,
);
const NETWORK: Found = (
    "network",
    marked!("something between here and WeChat Pay answered: a proxy, a gateway or a firewall"),
    Exit::Failed,
);

/// Returns the cause of an error.
pub(super) fn of(error: &Error) -> Diagnosis {
    let api = error.api();
    let differences = api.and_then(ApiError::differences);
    let (cause, says, exit) = found(error);
    let lines: String = differences.unwrap_or_default().iter().map(remedy).collect();
    Diagnosis {
        cause,
        says: format!("{}{lines} ({error:#})", said(says)),
        differences: differences.map(|parts| parts.iter().map(SignedPart::to_string).collect()),
        exit,
    }
}

fn found(error: &Error) -> Found {
    match error {
        Error::Verify(error) => of_signature(error.kind()),
        Error::Api(error) => of_response(error),
        Error::Mismatch(_) => (
            "mixed_up",
            marked!(
                "the response belongs to another request: something on the way replays or mixes up responses"
            ),
            Exit::Failed,
        ),
        Error::Unresolved { last, .. } => found(last),
        Error::Transport(_) => (
            "unreachable",
            marked!("WeChat Pay was not reached. Check the network, the proxy and the base URL"),
            Exit::Network,
        ),
        Error::Build(_) => {
            ("settings", marked!("the request could not be made with these settings"), Exit::Configuration)
        }
        _ => ("refused", marked!("WeChat Pay refused the request"), Exit::Failed),
    }
}

fn of_response(error: &ApiError) -> Found {
    match error.unverified() {
        Some(kind) if *kind != VerifyErrorKind::Unsigned => return of_signature(kind),
        _ if error.advice() == Advice::Stop(StopReason::Network) => return NETWORK,
        _ => {}
    }
    if error.code() == Some(&ErrorCode::SignError) || error.http_status() == 401 {
        return of_401(error);
    }
    if error.is_verified() {
        return ("refused", marked!("WeChat Pay refused the request"), Exit::Failed);
    }
    if error.code().is_none() && error.message().is_none() {
        let says = marked!(
            "the response is an error without a signature and without a code: something between here and \
                    WeChat Pay may have sent it"
        );
        return ("network", says, Exit::Failed);
    }
    ("refused", marked!("the request was refused, in a response without a signature"), Exit::Failed)
}

fn of_401(error: &ApiError) -> Found {
    if error.differences().is_some_and(|parts| !parts.is_empty()) {
        return (
            "changed",
            marked!("the request was changed after it was signed. WeChat Pay received otherwise:"),
            Exit::Failed,
        );
    }
    // The platform uses one code for all of these; only the message distinguishes them.
    let message = error.message().unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&["APIv3密钥"]) {
        (
            "api_v3_key",
            marked!("the merchant has no APIv3 key yet. Set one in the console (APIv3 密钥)"),
            Exit::Configuration,
        )
    } else if has(&["timestamp", "时间"]) {
        CLOCK
    } else if has(&["序列号", "证书"]) {
        let says = marked!(
            "the merchant has no valid certificate with this serial number: the merchant number (商户号) or the \
                    serial number (商户证书序列号) is wrong. `openssl x509 -in apiclient_cert.pem -noout -subject \
                    -serial` shows both"
        );
        ("serial_no", says, Exit::Configuration)
    } else {
        let says = marked!(
            "the key does not belong to the serial number: apiclient_key.pem of another download (商户 API 私钥)"
        );
        ("private_key", says, Exit::Configuration)
    }
}

/// Where a part of the request may have been changed.
fn remedy(part: &SignedPart) -> String {
    let says = match part {
        SignedPart::Method => marked!("the method: a redirect may have been followed"),
        SignedPart::Path => {
            marked!("the path: a gateway may add or remove a prefix, decode it or change its case")
        }
        SignedPart::Query => marked!("the query: a gateway may add parameters, reorder or decode them"),
        SignedPart::Time | SignedPart::Nonce => {
            marked!("the Authorization header, which another client may have made")
        }
        SignedPart::Body => marked!("the body: a gateway may format or convert it"),
        _ => marked!("another part"),
    };
    format!(" {};", said(says))
}

fn of_signature(kind: &VerifyErrorKind) -> Found {
    match kind {
        VerifyErrorKind::Clock { .. } => CLOCK,
        VerifyErrorKind::UnknownSerial { .. } => (
            "platform_key_id",
            marked!(
                "the platform's key has another id. Compare WECHATPAY_PUBLIC_KEY_ID with the console (微信支付公钥 ID); a \
             hexadecimal serial is that of a platform certificate"
            ),
            Exit::Configuration,
        ),
        VerifyErrorKind::WrongSignature { .. } => (
            "platform_key",
            marked!(
                "the platform's key is not the one with that id: pub_key.pem of another merchant, or of another day. \
             Download it again"
            ),
            Exit::Configuration,
        ),
        VerifyErrorKind::CertificateExpired { .. } => (
            "platform_key",
            marked!(
                "the platform's key is a certificate that is not valid now. Use the public key, or download certificates"
            ),
            Exit::Configuration,
        ),
        VerifyErrorKind::Decrypt => (
            "api_v3_key",
            marked!(
                "the APIv3 key is not the one in the console (APIv3 密钥). It cannot be shown there; set a new one if it is \
             lost"
            ),
            Exit::Configuration,
        ),
        VerifyErrorKind::Unsigned | VerifyErrorKind::MissingHeader { .. } => (
            "network",
            marked!(
                "the response is not signed: something between here and WeChat Pay sent it or removed headers"
            ),
            Exit::Failed,
        ),
        _ => ("unverified", marked!("the response could not be verified"), Exit::Failed),
    }
}
