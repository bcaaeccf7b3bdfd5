//! Newtypes for identifiers, so that arguments of different kinds cannot be swapped.

/// Defines an identifier: an owned, case-sensitive string that is sent and received unchanged.
///
/// Constructing an identifier does not validate it, because every identifier the platform sends must be readable. An
/// operation validates its identifiers when its request is built.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $debug:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        $crate::types::text_value!($name);

        impl $name {
            /// Creates the identifier from a text, unchanged and unchecked.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        /// Every text is an identifier, so this never fails.
        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(text.into())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        // Comparison and hash are those of the text.
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let shown: fn(&$name) -> &str = $debug;
                f.debug_tuple(stringify!($name)).field(&shown(self)).finish()
            }
        }
    };
    ($(#[$doc:meta])* $name:ident) => {
        $crate::types::id!($(#[$doc])* $name, |id| &id.0);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

pub(crate) use id;

id! {
    /// A merchant number (商户号), such as `1900007291`.
    Mchid
}

id! {
    /// An application id (公众账号 ID), such as `wxd678efh567hg6787`: an official account or mini program that is
    /// bound to the calling merchant.
    Appid
}

id! {
    /// A user within one [`Appid`] (用户标识). Case-sensitive.
    ///
    /// It identifies a person, so it does not implement `Display`, and its `Debug` output hides the text.
    Openid, |_| "…"
}

id! {
    /// The merchant's own number for a request (商户请求单号), which serves as the idempotency key: retrying a request with
    /// the same number never creates a second stock or coupon, while a new number can.
    ///
    /// At most 128 characters: letters, digits and `| _ * -`. It must be unique per merchant; merchant number + date +
    /// serial number is recommended. `OutRequestNo::derived` makes the number from what the request is for, and
    /// `OutRequestNo::random` makes a random one.
    OutRequestNo
}

id! {
    /// The URL a file can be downloaded from (下载链接), valid for 30 seconds.
    ///
    /// Its query grants access to the file, so the type does not implement `Display`, and its `Debug` output omits the
    /// query.
    DownloadUrl, |url| url.0.split_once(['?', '#']).map_or(url.as_str(), |(address, _)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_url_is_shown_without_its_token() {
        let url = DownloadUrl::from("https://api.mch.weixin.qq.com/v3/billdownload/file?token=ja7q-");
        assert_eq!(format!("{url:?}"), "DownloadUrl(\"https://api.mch.weixin.qq.com/v3/billdownload/file\")");
        assert!(url.as_str().ends_with("?token=ja7q-"));
        assert_eq!(
            format!("{:?}", DownloadUrl::from("download://x.csv#k")),
            "DownloadUrl(\"download://x.csv\")"
        );
    }

    #[test]
    fn an_id_is_the_text_it_was_made_from() {
        let text = " a/B代\n";
        for id in [Appid::new(text), Appid::from(text), Appid::from(text.to_owned())] {
            assert_eq!((id.as_str(), id.as_ref()), (text, text));
            assert_eq!((id.to_string(), format!("{id:?}")), (text.to_owned(), format!("Appid({text:?})")));
            let json = serde_json::to_string(&id).unwrap();
            assert_eq!(json, serde_json::to_string(text).unwrap());
            assert_eq!(serde_json::from_str::<Appid>(&json).unwrap(), id);
        }
    }

    #[test]
    fn an_id_is_found_and_compared_by_its_text() {
        use std::collections::{BTreeMap, HashMap};
        let id: Mchid = "9865000".parse().unwrap();
        for (text, same) in [("9865000", true), ("9865001", false)] {
            assert_eq!([id == text, id == *text, text == id, *text == id], [same; 4], "{text}");
        }
        assert_eq!(String::from(id.clone()), "9865000");
        assert_eq!(format!("{id:>9}|{id:<9}|"), "  9865000|9865000  |");
        assert_eq!(HashMap::from([(id.clone(), 1)]).get("9865000"), Some(&1));
        assert_eq!(BTreeMap::from([(id, 1)]).get("9865000"), Some(&1));
        // As the key of a JSON object, too.
        let map: HashMap<Mchid, u8> = serde_json::from_str(r#"{"9865000":1}"#).unwrap();
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"9865000":1}"#);
    }

    #[test]
    fn an_openid_is_never_shown() {
        let openid = Openid::from("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(format!("{openid:?}"), "Openid(\"…\")");
        assert_eq!(openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(format!("{:?}", Mchid::from("9865000")), "Mchid(\"9865000\")");
    }
}
