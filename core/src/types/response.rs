/// Defines the structure of a response, or of an object in one. It reads each field by the field's type:
///
/// - `Option<…>` may be absent, which the platform writes in several ways; see [`lenient::optional`].
/// - `Vec<…>` and `String` are empty if they are absent.
/// - A `required` field must be there, and must not be empty. Only what identifies a thing, or is the answer itself, is
///   required: any other loss is smaller than that of the whole response.
///
/// What is absent is left out when the structure is written as JSON. Generated values can be written and read back.
///
/// [`lenient::optional`]: crate::types::lenient::optional
macro_rules! response {
    ($(#[$attribute:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        $crate::types::response!(@ [$(#[$attribute])* $name] [] $($fields)*);

        impl $crate::types::lenient::Readable for $name {
            const IS_OBJECT: bool = true;

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }
    };
    (@ $head:tt [$($done:tt)*] $(#[$attribute:meta])* pub $field:ident: Option<$type:ty>, $($rest:tt)*) => {
        $crate::types::response!(@ $head [
            $($done)*
            $(#[$attribute])*
            #[serde(default, deserialize_with = "crate::types::lenient::optional", skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::maybe))]
            pub $field: Option<$type>,
        ] $($rest)*);
    };
    (@ $head:tt [$($done:tt)*] $(#[$attribute:meta])* pub $field:ident: Vec<$type:ty>, $($rest:tt)*) => {
        $crate::types::response!(@ $head [
            $($done)*
            $(#[$attribute])*
            #[serde(default, deserialize_with = "crate::types::lenient::list", skip_serializing_if = "Vec::is_empty")]
            #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::entries))]
            pub $field: Vec<$type>,
        ] $($rest)*);
    };
    (@ $head:tt [$($done:tt)*] $(#[$attribute:meta])* pub $field:ident: String, $($rest:tt)*) => {
        $crate::types::response!(@ $head [
            $($done)*
            $(#[$attribute])*
            #[serde(default, deserialize_with = "crate::types::lenient::text_or_empty", skip_serializing_if = "String::is_empty")]
            pub $field: String,
        ] $($rest)*);
    };
    (@ $head:tt [$($done:tt)*] $(#[$attribute:meta])* required pub $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::types::response!(@ $head [
            $($done)*
            $(#[$attribute])*
            #[serde(deserialize_with = "crate::types::lenient::required")]
            #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::present))]
            pub $field: $type,
        ] $($rest)*);
    };
    (@ [$(#[$attribute:meta])* $name:ident] [$($fields:tt)*]) => {
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
        $(#[$attribute])*
        #[non_exhaustive]
        pub struct $name { $($fields)* }
    };
}

pub(crate) use response;
