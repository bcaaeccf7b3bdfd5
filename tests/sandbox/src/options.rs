//! Settings of a sandbox that do not change while it runs.

/// Settings of a [`Sandbox`](crate::Sandbox) that do not change while it runs.
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) journal: usize,
    pub(crate) plain_answers: bool,
    pub(crate) allowed_hosts: Vec<String>,
}

impl Options {
    /// The number of requests that are kept for `GET /_sandbox/requests` by default.
    pub const DEFAULT_JOURNAL: usize = 1000;

    /// The default settings.
    pub fn new() -> Self {
        Self { journal: Self::DEFAULT_JOURNAL, plain_answers: false, allowed_hosts: Vec::new() }
    }

    /// Sets the number of requests that are kept for `GET /_sandbox/requests`. The default is 1000.
    #[must_use]
    pub fn journal(mut self, requests: usize) -> Self {
        self.journal = requests;
        self
    }

    /// Leaves the body of a 401 as the platform sends it, without `detail.sandbox`. The diagnosis is then only in
    /// `GET /_sandbox/requests`. The default is `false`.
    #[must_use]
    pub fn plain_answers(mut self, plain: bool) -> Self {
        self.plain_answers = plain;
        self
    }

    /// Allows a host name in the `Host` header of requests to `/` and `/_sandbox`. IP addresses, `localhost`,
    /// `*.localhost`, names without a dot and `*.internal` are always allowed.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.allowed_hosts.push(host.into());
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
