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
        /// adds later is kept as text, and becomes a variant in a later version of this crate.
        #[derive(Clone, PartialEq, Eq, Hash)]
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

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::__Other($crate::types::OtherText::new(other)),
                }
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

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }
    };
}

pub(crate) use open_enum;

/// The text of a value that this version does not know. Code outside this crate can neither name nor construct it, so a
/// value that is unknown today can become a variant without breaking a `match`.
#[derive(Clone, PartialEq, Eq, Hash)]
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
}
