//! The links to flow files that were given out.

use std::collections::VecDeque;

use bytes::Bytes;
use wechatpay_core::types::UnixSeconds;

/// Where the link to the flow of a whole stock leads.
pub(crate) const WHOLE_PATH: &str = "/v3/billdownload/file";
/// Where the link to the flow of a day leads: another host on the platform. Whether that wants a signature is not
/// documented; here it is wanted everywhere.
pub(crate) const DAY_PATH: &str = "/mkt/storage/bill/download";

/// How long a link leads to its file, in seconds of the real time.
const LINK_LIFE: UnixSeconds = 30;

/// Oldest first.
#[derive(Default)]
pub(crate) struct Links(VecDeque<Link>);

struct Link {
    /// Path and query.
    target: String,
    made: UnixSeconds,
    file: Bytes,
}

impl Links {
    /// The oldest give way when there are more links, or more bytes behind them.
    const MAX_LINKS: usize = 1000;
    const MAX_BYTES: usize = 256 * 1024 * 1024;

    pub(crate) fn add(&mut self, target: String, file: Bytes, real_time: UnixSeconds) {
        self.0.retain(|link| link.lives(real_time));
        self.0.push_back(Link { target, made: real_time, file });
        let too_many = |links: &VecDeque<Link>| {
            let bytes: usize = links.iter().map(|link| link.file.len()).sum();
            links.len() > Self::MAX_LINKS || (bytes > Self::MAX_BYTES && links.len() > 1)
        };
        while too_many(&self.0) {
            self.0.pop_front();
        }
    }

    /// The file behind `target`, if a link leads there.
    pub(crate) fn file(&self, target: &str, real_time: UnixSeconds) -> Option<Bytes> {
        let link = self.0.iter().find(|link| link.target == target && link.lives(real_time));
        link.map(|link| link.file.clone())
    }
}

impl Link {
    fn lives(&self, real_time: UnixSeconds) -> bool {
        (self.made..self.made.saturating_add(LINK_LIFE)).contains(&real_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_bounded_and_the_newest_stay() {
        let mut links = Links::default();
        let add = |links: &mut Links, target: &str, len: usize, real_time: UnixSeconds| {
            links.add(target.to_owned(), vec![0; len].into(), real_time);
        };
        for _ in 0..=Links::MAX_LINKS {
            add(&mut links, "/file?token=1", 1, 0);
        }
        assert_eq!(links.0.len(), Links::MAX_LINKS);
        // Too large beside any other, but the one that was just asked for is there.
        add(&mut links, "/file?token=2", Links::MAX_BYTES + 1, 0);
        assert_eq!(links.0.len(), 1);
        assert_eq!(links.0[0].target, "/file?token=2");
        add(&mut links, "/file?token=3", 1, LINK_LIFE);
        assert_eq!(links.0.len(), 1, "those that have ended are gone");
    }
}
