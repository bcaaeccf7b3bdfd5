//! Checks printed text for secrets, and records which types were printed.

use std::any::type_name;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use crate::*;

/// The types that the tests of this program have printed, named by [`name`].
static PRINTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The secrets that printed text must not contain, and the number of texts checked.
pub(crate) struct Shown {
    pub(crate) secrets: Vec<String>,
    pub(crate) count: usize,
}

impl Shown {
    /// Checks that printed text contains none of these secrets.
    pub(crate) fn without<const N: usize>(secrets: [&str; N]) -> Self {
        Self { secrets: secrets.map(str::to_owned).to_vec(), count: 0 }
    }

    pub(crate) fn debug<T: Debug + ?Sized>(&mut self, value: &T) {
        record::<T>();
        self.text(&format!("{value:?} {value:#?}"));
    }

    pub(crate) fn both<T: Debug + Display>(&mut self, value: &T) {
        self.debug(value);
        self.text(&value.to_string());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count += 1;
        for secret in &self.secrets {
            assert!(!text.contains(secret), "{secret:?} is shown in {text}");
        }
    }

    pub(crate) fn error(&mut self, error: &Error) {
        self.both(error);
        self.causes(error);
    }

    pub(crate) fn causes(&mut self, error: &dyn std::error::Error) {
        let mut cause = error.source();
        while let Some(error) = cause {
            self.text(&format!("{error} {error:?} {error:#?}"));
            self.cause(error);
            cause = error.source();
        }
    }

    /// Records the type of a cause, by trying each possible type.
    fn cause(&mut self, error: &(dyn std::error::Error + 'static)) {
        macro_rules! record_if {
            ($($kind:ty),+) => {$(
                if error.is::<$kind>() {
                    record::<$kind>();
                }
            )+};
        }
        record_if!(
            ApiError,
            BuildError,
            CryptoError,
            DecodeError,
            DownloadError,
            InvalidField,
            JsonError,
            KeyError
        );
        record_if!(MismatchError, TransportError, VerifyError, Error, FlowError);
        if let Some(error) = error.downcast_ref::<VerifyError>() {
            self.both(error.kind());
        }
        if let Some(error) = error.downcast_ref::<InvalidField>() {
            self.debug(error.problem());
        }
    }
}

fn record<T: ?Sized>() {
    PRINTED.lock().unwrap_or_else(PoisonError::into_inner).insert(name(type_name::<T>()));
}

/// The crate and name of a type from its full path, without type parameters: `wechatpay_core::Answer`.
fn name(path: &str) -> String {
    let path = path.trim_start_matches('&').split('<').next().unwrap_or_default();
    let (krate, rest) = path.split_once("::").unwrap_or(("", path));
    format!("{krate}::{}", rest.rsplit("::").next().unwrap_or(rest))
}

/// All types that were printed.
pub(crate) fn printed() -> BTreeSet<String> {
    PRINTED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[test]
fn a_type_is_named_by_crate_and_name_only() {
    let path = type_name::<&wechatpay_core::Answer<wechatpay_core::PlatformKeys>>();
    assert_eq!(name(path), "wechatpay_core::Answer");
}
