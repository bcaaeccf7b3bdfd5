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
        let (line, lines) = (format!("{value:?}"), format!("{value:#?}"));
        assert!(!has_gap(&line), "a part of {} shows nothing: {line}", type_name::<T>());
        self.text(&line);
        self.text(&lines);
    }

    pub(crate) fn both<T: Debug + Display>(&mut self, value: &T) {
        self.debug(value);
        let text = value.to_string();
        assert!(!text.is_empty(), "{} is displayed as nothing", type_name::<T>());
        self.text(&text);
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
            let (text, line) = (error.to_string(), format!("{error:?}"));
            assert!(!text.is_empty() && !has_gap(&line), "a cause shows nothing: {text:?}, {line}");
            self.text(&format!("{text} {line} {error:#?}"));
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
            CertificatesError,
            CryptoError,
            DecodeError,
            DownloadError,
            InvalidField,
            JsonError,
            KeyError
        );
        record_if!(ListError, MismatchError, TransportError, VerifyError, Error, FlowError);
        if let Some(error) = error.downcast_ref::<VerifyError>() {
            self.both(error.kind());
        }
        if let Some(error) = error.downcast_ref::<InvalidField>() {
            self.debug(error.problem());
        }
    }
}

/// Whether a `Debug` text, or a part of it, is empty: `Debug` that hides everything helps nobody.
fn has_gap(debug: &str) -> bool {
    // What a struct, a tuple or a list looks like around a value that writes nothing.
    debug.is_empty()
        || ["()", "(, ", ", )", ": ,", ":  }", "[, ", ", ]"].iter().any(|gap| debug.contains(gap))
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
fn an_empty_debug_is_noticed_wherever_it_is() {
    struct Silent;
    impl Debug for Silent {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Ok(())
        }
    }
    #[derive(Debug)]
    #[expect(dead_code, reason = "printed")]
    struct Pair<A, B> {
        a: A,
        b: B,
    }
    let gaps = [
        format!("{Silent:?}"),
        format!("{:?}", Some(Silent)),
        format!("{:?}", (Silent, 1)),
        format!("{:?}", (1, Silent)),
        format!("{:?}", Pair { a: Silent, b: 1 }),
        format!("{:?}", Pair { a: 1, b: Silent }),
        format!("{:?}", [Silent, Silent]),
    ];
    assert!(gaps.iter().all(|text| has_gap(text)), "{gaps:?}");
    for whole in [
        format!("{:?}", Pair { a: Some(1), b: "text" }),
        format!("{:?}", Pair { a: [0_u8; 0], b: Pair { a: 1, b: ' ' } }),
    ] {
        assert!(!has_gap(&whole), "{whole}");
    }
}

#[test]
fn a_type_is_named_by_crate_and_name_only() {
    let path = type_name::<&wechatpay_core::Answer<wechatpay_core::PlatformKeys>>();
    assert_eq!(name(path), "wechatpay_core::Answer");
}
