/// Defines an enumeration of texts that can still be read after the platform adds a value.
///
/// An unknown text is kept: `as_str` and serialisation return it unchanged.
macro_rules! open_enum {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$doc])*
        ///
        /// Compare with the known values, or read the text with [`as_str`](Self::as_str). A value that the platform
        /// adds later is kept as text, and becomes a variant in a later version of this crate. Order and hash are those
        /// of the text. Reading a known value allocates nothing.
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
            #[doc(hidden)]
            __Other($crate::types::OtherText),
        }

        impl $name {
            /// All values that this version of the crate knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)+];

            /// Returns the text on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::__Other(text) => text.as_str(),
                }
            }
        }

        $crate::types::text_value!($name);

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::__Other($crate::types::OtherText::new(other)),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        /// Every text is a value, so this never fails.
        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::hash::Hash for $name {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        // Two values are equal exactly if their texts are: `From` makes a known value of each known text. Order and hash
        // are those of the text.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant => f.write_str(stringify!($variant)),)+
                    Self::__Other(text) => f.debug_tuple(stringify!($name)).field(&text.as_str()).finish(),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $name {
            fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                $crate::types::generators::known_or_other(u, Self::KNOWN)
            }
        }

        #[cfg(feature = "proptest")]
        $crate::types::generators::impl_strategies!($name);
    };
}

pub(crate) use open_enum;

/// The text of a value that this version does not know. Code outside this crate can neither name nor construct it, so a
/// value that is unknown today can become a variant without breaking a `match`.
#[derive(Clone, PartialEq, Eq)]
#[doc(hidden)]
pub struct OtherText(Box<str>);

impl OtherText {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro makes public enumerations")]
mod tests {
    open_enum! {
        /// A sample enumeration.
        pub enum Sample {
            /// The only known value.
            One = "ONE",
        }
    }

    #[test]
    fn unknown_text_is_kept() {
        for (json, debug) in [("\"ONE\"", "One"), ("\"TWO\"", "Sample(\"TWO\")"), ("\"\"", "Sample(\"\")")] {
            let value: Sample = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
            assert_eq!(format!("{value:?}"), debug);
        }
        assert_eq!(Sample::from("ONE"), Sample::One);
        assert_eq!(Sample::KNOWN, [Sample::One]);
    }

    #[test]
    fn values_are_found_and_compared_by_their_text() {
        use std::collections::{BTreeSet, HashSet};
        let values = ["TWO", "ONE", "A", ""].map(Sample::from);
        assert_eq!(values.iter().collect::<HashSet<_>>().len(), 4);
        let sorted: BTreeSet<_> = values.iter().cloned().collect();
        assert_eq!(sorted.iter().map(Sample::as_str).collect::<Vec<_>>(), ["", "A", "ONE", "TWO"]);
        let hashed: HashSet<_> = values.into_iter().collect();
        for text in ["TWO", "ONE", "A", ""] {
            assert!(sorted.contains(text) && hashed.contains(text), "{text}");
        }
        for (value, same) in [(Sample::One, true), (Sample::from("TWO"), false)] {
            assert_eq!([value == "ONE", value == *"ONE", "ONE" == value, *"ONE" == value], [same; 4]);
        }
        assert_eq!("ONE".parse(), Ok(Sample::One));
        assert_eq!(serde_json::from_str::<Sample>("7").unwrap(), "7");
    }
}
