//! Links to flow files.

use std::collections::VecDeque;

use bytes::Bytes;
use wechatpay_core::types::UnixSeconds;

/// The path of links to the flow of a whole stock.
pub(crate) const WHOLE_PATH: &str = "/v3/billdownload/file";
/// The path of links to the flow of a day, which is on another host of the platform. Whether that host requires a
/// signature is not documented. The sandbox always requires one.
pub(crate) const DAY_PATH: &str = "/mkt/storage/bill/download";

/// The validity of a link, in seconds of the real time.
const LINK_LIFETIME: UnixSeconds = 30;

/// The links, oldest first.
#[derive(Default)]
pub(crate) struct Links(VecDeque<Link>);

struct Link {
    /// Path and query.
    target: String,
    made: UnixSeconds,
    file: Bytes,
}

impl Links {
    /// The limits of the number of links and of the total size of their files. The oldest links are removed first.
    const MAX_LINKS: usize = 1000;
    const MAX_BYTES: usize = 256 * 1024 * 1024;

    pub(crate) fn add(&mut self, target: String, file: Bytes, real_time: UnixSeconds) {
        self.0.retain(|link| link.is_valid(real_time));
        self.0.push_back(Link { target, made: real_time, file });
        let over_limit = |links: &VecDeque<Link>| {
            let bytes: usize = links.iter().map(|link| link.file.len()).sum();
            links.len() > Self::MAX_LINKS || (bytes > Self::MAX_BYTES && links.len() > 1)
        };
        while over_limit(&self.0) {
            self.0.pop_front();
        }
    }

    /// Returns the file of the link `target`, if the link exists and is still valid.
    pub(crate) fn file(&self, target: &str, real_time: UnixSeconds) -> Option<Bytes> {
        let link = self.0.iter().find(|link| link.target == target && link.is_valid(real_time));
        link.map(|link| link.file.clone())
    }
}

impl Link {
    fn is_valid(&self, real_time: UnixSeconds) -> bool {
        (self.made..self.made.saturating_add(LINK_LIFETIME)).contains(&real_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_bounded_and_the_newest_are_kept() {
        let mut links = Links::default();
        let add = |links: &mut Links, target: &str, len: usize, real_time: UnixSeconds| {
            links.add(target.to_owned(), vec![0; len].into(), real_time);
        };
        for _ in 0..=Links::MAX_LINKS {
            add(&mut links, "/file?token=1", 1, 0);
        }
        assert_eq!(links.0.len(), Links::MAX_LINKS);
        // This file alone exceeds the limit. It removes all others, but is kept itself.
        add(&mut links, "/file?token=2", Links::MAX_BYTES + 1, 0);
        assert_eq!(links.0.len(), 1);
        assert_eq!(links.0[0].target, "/file?token=2");
        add(&mut links, "/file?token=3", 1, LINK_LIFETIME);
        assert_eq!(links.0.len(), 1, "expired links are removed");
    }
}
