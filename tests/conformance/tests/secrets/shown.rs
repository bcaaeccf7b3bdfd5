//! What was printed, and by which types.

use std::any::type_name;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use crate::*;

/// Every type that was printed by any test of this program, as [`name`] writes them.
static PRINTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// What must not be in anything printed, and how much was.
pub(crate) struct Shown {
    pub(crate) secrets: Vec<String>,
    pub(crate) count: usize,
}

impl Shown {
    /// Nothing that is printed may have one of these in it.
    pub(crate) fn nothing_of<const N: usize>(secrets: [&str; N]) -> Self {
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
            assert!(!text.contains(secret), "{secret:?} is shown by {text}");
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

    /// A cause does not say of which type it is; it is asked for each.
    fn cause(&mut self, error: &(dyn std::error::Error + 'static)) {
        macro_rules! ask {
            ($($kind:ty),+) => {$(
                if error.is::<$kind>() {
                    record::<$kind>();
                }
            )+};
        }
        ask!(
            ApiError,
            BuildError,
            CryptoError,
            DecodeError,
            DownloadError,
            InvalidField,
            JsonError,
            KeyError
        );
        ask!(TransportError, VerifyError, Error, FlowError);
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

/// Crate and name of a type by its full path, without what it is generic over: `wechatpay_core::Answer`.
fn name(path: &str) -> String {
    let path = path.trim_start_matches('&').split('<').next().unwrap_or_default();
    let (krate, rest) = path.split_once("::").unwrap_or(("", path));
    format!("{krate}::{}", rest.rsplit("::").next().unwrap_or(rest))
}

/// Every type that was printed.
pub(crate) fn printed() -> BTreeSet<String> {
    PRINTED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[test]
fn a_type_is_its_crate_and_its_name() {
    let path = type_name::<&wechatpay_core::Answer<wechatpay_core::PlatformKeys>>();
    assert_eq!(name(path), "wechatpay_core::Answer");
}
