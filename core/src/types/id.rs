//! Identifiers as types of their own, so that arguments cannot be swapped.

/// Defines an identifier: an owned, case-sensitive string that is sent and received as it is.
///
/// Identifiers are not checked when they are made, because what the platform sends must always be readable;
/// an operation checks those it carries when its request is built.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $debug:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as given.
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

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
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
                f.write_str(&self.0)
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
    /// It identifies a person, so it is not `Display` and its `Debug` does not show it.
    Openid, |_| "…"
}

id! {
    /// The merchant's own number for a request (商户请求单号), the key to idempotency: repeating a request with the
    /// same number never creates a second stock or coupon; a new number can.
    ///
    /// At most 128 characters: letters, digits and `| _ * -`. Unique per merchant; merchant number + date +
    /// serial number is recommended.
    OutRequestNo
}

id! {
    /// Where a file can be fetched (下载链接), for 30 seconds.
    ///
    /// Its query is a key to the file, so it is not `Display` and its `Debug` does not show it.
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
    fn an_openid_is_never_shown() {
        let openid = Openid::from("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(format!("{openid:?}"), "Openid(\"…\")");
        assert_eq!(openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(format!("{:?}", Mchid::from("9865000")), "Mchid(\"9865000\")");
    }
}
