//! Settings of a sandbox that do not change while it runs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use wechatpay_core::types::UnixSeconds;

use crate::protocol::delivery_host::DeliveryHost;
use crate::respond::{RespondError, Responses};

/// Settings of a [`Sandbox`](crate::Sandbox) that do not change while it runs.
#[derive(Clone)]
pub struct Options {
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) seed: Option<Seed>,
    pub(crate) journal: usize,
    pub(crate) plain_answers: bool,
    pub(crate) diagnosis_candidates: u32,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) advertised: Option<String>,
    pub(crate) deliver_to: Vec<DeliveryHost>,
    pub(crate) responses: Responses,
    pub(crate) ca_certificate: Option<String>,
    pub(crate) observer: Option<Arc<Observer>>,
}

/// The state with which a new sandbox begins.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) json: Bytes,
    pub(crate) now: UnixSeconds,
}

type Observer = dyn Fn(&Answered<'_>) + Send + Sync;

/// A request to an operation, or to an unknown path, that was answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answered<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// Path and query of the request.
    pub target: &'a str,
    /// The status of the response; `None` if a fault closed the connection or keeps it silent.
    pub status: Option<StatusCode>,
    /// Which mistakes the client made, in English; only for a 401.
    pub diagnosis: Option<String>,
}

impl Options {
    /// The number of requests that are kept for `GET /_sandbox/requests` by default.
    pub const DEFAULT_JOURNAL: usize = 1000;

    /// The default settings.
    pub fn new() -> Self {
        Self {
            state_file: None,
            seed: None,
            journal: Self::DEFAULT_JOURNAL,
            plain_answers: false,
            diagnosis_candidates: u32::MAX,
            allowed_hosts: Vec::new(),
            advertised: None,
            deliver_to: Vec::new(),
            responses: Responses::default(),
            ca_certificate: None,
            observer: None,
        }
    }

    /// Keeps the state in a file, over restarts: stocks, coupons and their numbers, images, the callback URL and the
    /// callbacks, platform certificates, the merchant's certificate, faults, limits, counts and the clock. The file is
    /// created if it does not exist. Beside it are its journal and its lock, with longer names. Without this, everything
    /// is forgotten at the end.
    ///
    /// What a request changes is in the file before it is answered, so a process that is killed loses nothing. It is on the
    /// disk at most about 100 ms later. Not kept are the log of requests, the links to flow files, and the requests that
    /// count against a rate.
    ///
    /// The platform's private keys are in the file too; only its owner can read it.
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Sets the state with which a new sandbox begins, as `GET /_sandbox/state/export` gives it. Most of it can be left out;
    /// this is enough for a stock and a coupon:
    ///
    /// ```json
    /// {
    ///   "stocks": [{ "terms": { "stock_name": "…", … }, "status": "running" }],
    ///   "coupons": [{ "stock_id": "10000001", "openid": "…", "out_request_no": "…" }]
    /// }
    /// ```
    ///
    /// `now` is the real time, the default of all times. A sandbox whose [state file](Self::state_file) has a state ignores
    /// the seed; see [`Sandbox::is_restored`](crate::Sandbox::is_restored).
    #[must_use]
    pub fn seed(mut self, json: impl Into<Bytes>, now: UnixSeconds) -> Self {
        self.seed = Some(Seed { json: json.into(), now });
        self
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

    /// Sets how many messages a diagnosis compares with what was signed. A test that sends many wrong signatures sets 0:
    /// then a diagnosis says only what needs no search. The default is no limit but that of the sandbox itself, 200 000.
    #[must_use]
    pub fn diagnosis_candidates(mut self, candidates: u32) -> Self {
        self.diagnosis_candidates = candidates;
        self
    }

    /// Allows a host name in the `Host` header of requests to `/` and `/_sandbox`. IP addresses, `localhost`,
    /// `*.localhost`, names without a dot and `*.internal` are always allowed.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.allowed_hosts.push(host.into());
        self
    }

    /// Sets the URL under which clients reach the sandbox, such as `http://sandbox:8700`. Links to flow files begin
    /// with it, and its host is [allowed](Self::allow_host). By default links begin with the scheme and host that the
    /// client called. They always do if it called WeChat Pay's host over TLS.
    #[must_use]
    pub fn advertise(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        let host = url.parse::<http::Uri>().ok().and_then(|url| Some(url.host()?.to_owned()));
        self.allowed_hosts.extend(host);
        self.advertised = Some(url.trim_end_matches('/').to_owned());
        self
    }

    /// Allows callbacks over plain HTTP to a host beyond this machine. The default are loopback addresses only.
    #[must_use]
    pub fn deliver_to(mut self, host: DeliveryHost) -> Self {
        self.deliver_to.push(host);
        self
    }

    /// Sets what `GET /_sandbox/ca.pem` returns: the certificate of the CA that clients must trust, [`Tls::ca_pem`]. By
    /// default it is answered with 404.
    ///
    /// [`Tls::ca_pem`]: crate::Tls::ca_pem
    #[must_use]
    pub fn ca_certificate(mut self, pem: impl Into<String>) -> Self {
        self.ca_certificate = Some(pem.into());
        self
    }

    /// Adds responses for operations that the sandbox does not know, from JSON: a list of objects with these members.
    ///
    /// - `method` and `path`: such as `"GET"` and `"/v3/marketing/favor/stocks/{stock_id}/statistics"`. A part in
    ///   braces matches any segment.
    /// - `operation`: a name for the log of requests and for faults; optional.
    /// - `status`: from 200 to 599; 200 by default.
    /// - `body`: any JSON; no body if it is absent.
    ///
    /// Such a request is authenticated as any other, and the response is signed. The first match is used. Operations
    /// that the sandbox knows are never answered from this list.
    ///
    /// # Errors
    /// [`RespondError`] if the JSON does not have this form.
    pub fn respond(mut self, json: &[u8]) -> Result<Self, RespondError> {
        self.responses.add(json)?;
        Ok(self)
    }

    /// Sets a function that is called after each request that is not for the control interface. It should return
    /// quickly, because the client waits.
    #[must_use]
    pub fn on_answer(mut self, observer: impl Fn(&Answered<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Options");
        debug
            .field("state_file", &self.state_file)
            .field("journal", &self.journal)
            .field("plain_answers", &self.plain_answers);
        debug.field("allowed_hosts", &self.allowed_hosts).field("advertised", &self.advertised);
        debug.field("deliver_to", &self.deliver_to).field("responses", &self.responses);
        debug.finish_non_exhaustive()
    }
}
