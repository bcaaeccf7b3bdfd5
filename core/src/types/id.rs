//! Newtypes for identifiers, so that arguments of different kinds cannot be swapped.

/// Defines an identifier: an owned, case-sensitive string that is sent and received unchanged.
///
/// Constructing an identifier does not validate it, because every identifier the platform sends must be readable. An
/// operation validates its identifiers when its request is built.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $debug:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

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
    /// It identifies a person, so it does not implement `Display`, and its `Debug` output hides the text.
    Openid, |_| "…"
}

id! {
    /// The merchant's own number for a request (商户请求单号), which serves as the idempotency key: retrying a request with
    /// the same number never creates a second stock or coupon, while a new number can.
    ///
    /// At most 128 characters: letters, digits and `| _ * -`. It must be unique per merchant; merchant number + date +
    /// serial number is recommended.
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
    fn an_openid_is_never_shown() {
        let openid = Openid::from("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(format!("{openid:?}"), "Openid(\"…\")");
        assert_eq!(openid.as_str(), "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
        assert_eq!(format!("{:?}", Mchid::from("9865000")), "Mchid(\"9865000\")");
    }
}
