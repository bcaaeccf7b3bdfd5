//! The sandbox as a library, without sockets.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use serde_json::json;
use tokio::sync::Notify;
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::diagnosis::{Diagnosis, Shown, diagnose};
use crate::error::SandboxError;
use crate::faults::{Alteration, Fault, Wire};
use crate::import;
use crate::journal::{Entry, request_url};
use crate::keeper::Keeper;
use crate::options::{Answered, Options, Seed};
use crate::persistence;
use crate::pipeline::{self, Processed};
use crate::platform::Platform;
use crate::protocol::auth::Refused;
use crate::protocol::language::prefers_english;
use crate::protocol::reply::Reply;
use crate::protocol::signing_keys::PlatformPrivateKey;
use crate::routes::Target;
use crate::state::notifications::{Attempt, Delivery};

/// A simulated platform, limited to cash coupons. Clones share their state. With a [state file](Options::state_file) the
/// last clone waits, when it is dropped, until everything is on the disk.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    platform: Arc<Platform>,
    /// Notified after every request, because a callback may have become due.
    changed: Notify,
    keeper: Option<Keeper>,
}

impl Sandbox {
    /// Creates a sandbox without stocks, with the default [`Options`].
    ///
    /// # Errors
    /// [`SandboxError::Key`] if a key or certificate of the credentials is invalid.
    pub fn new(credentials: Credentials) -> Result<Self, SandboxError> {
        Self::with_options(credentials, Options::new())
    }

    /// Creates a sandbox: without stocks, with a [seed](Options::seed), or with the state of its
    /// [state file](Options::state_file).
    ///
    /// # Errors
    /// [`SandboxError::Key`] if a key or certificate of the credentials is invalid, [`SandboxError::StateFile`] if the
    /// state file cannot be used, and [`SandboxError::Seed`] if the seed is not valid.
    pub fn with_options(credentials: Credentials, mut options: Options) -> Result<Self, SandboxError> {
        let seed = options.seed.take();
        let platform = Arc::new(Platform::new(credentials, options)?);
        if let Some(Seed { json, now }) = seed
            && !platform.options.state_file.as_deref().is_some_and(persistence::has_state)
        {
            import::seed(&platform, &json, now).map_err(SandboxError::Seed)?;
        }
        let keeper = match &platform.options.state_file {
            Some(path) => Some(Keeper::start(Arc::clone(&platform), path)?),
            None => None,
        };
        Ok(Self(Arc::new(Inner { platform, changed: Notify::new(), keeper })))
    }

    /// Whether the sandbox began with the state of its [state file](Options::state_file), instead of without stocks.
    pub fn is_restored(&self) -> bool {
        self.0.keeper.as_ref().is_some_and(|keeper| keeper.restored)
    }

    /// What people should know about the state file: a sentence for each thing that was out of the ordinary when it was
    /// read, such as a record that was cut off.
    pub fn notes(&self) -> &[String] {
        self.0.keeper.as_ref().map_or(&[], |keeper| &keeper.notes)
    }

    /// The credentials that a client of this sandbox needs.
    pub fn credentials(&self) -> &Credentials {
        &self.0.platform.credentials
    }

    /// Handles a request and returns the response. Every request gets one. `now` is the real time, to which the
    /// seconds advanced by `POST /_sandbox/clock` are added.
    ///
    /// This method ignores pending faults and does not use them up; see [`respond`](Self::respond).
    pub fn handle(&self, request: Request<Bytes>, now: UnixSeconds) -> Response<Bytes> {
        let wire = self.complete(self.begin(request, now, false));
        drop(self.discarded());
        match wire {
            Wire::Whole { response, .. } => response,
            Wire::Streamed { response, body } => response.map(|()| body.collect()),
            // Only faults answer otherwise.
            _ => Reply::system_error("系统错误").into_response(),
        }
    }

    /// Handles a request like [`handle`](Self::handle), and applies the next pending fault for its operation.
    ///
    /// A request that the fault lets through is already processed when this method returns, even if the response is
    /// delayed.
    pub fn respond(&self, request: Request<Bytes>, now: UnixSeconds) -> Wire {
        self.complete(self.begin(request, now, true))
    }

    /// Processes a request up to the diagnosis of a refused signature, which takes longer than all else.
    pub(crate) fn begin(&self, request: Request<Bytes>, now: UnixSeconds, faults: bool) -> Begun {
        let platform = &self.0.platform;
        let target = Target::of(request.method(), request.uri().path(), &platform.options.responses);
        let is_control = matches!(target, Target::Control(_));
        let shown = Shown::new(&platform.credentials);
        let mut entry = (!is_control).then(|| Entry::new(&request, target.operation(), now, &shown));
        let mut fault = None;
        if let Some(operation) = target.operation() {
            let mut state = platform.state();
            state.count_request(operation);
            if let Some((name, next)) = faults.then(|| state.faults.next(operation)).flatten() {
                fault = Some(next);
                entry = entry.map(|entry| Entry { fault: Some(name), ..entry });
            }
            // If this cannot be written, the fault meets one request more after a restart.
            let _ = state.settle();
        }
        let key = match target.operation() {
            Some(_) => platform.reply_key(request.headers(), now),
            // Other responses are not signed.
            None => platform.keys().public_key(),
        };
        let alteration = match fault {
            None => None,
            Some(Fault::Altered(alteration)) => Some(alteration),
            Some(Fault::Replaced { replacement, acted }) => {
                if acted {
                    self.process(target, request, now, &key);
                }
                let wire = replacement(&key, now);
                return Begun::Ready(self.answer(entry, |_| wire));
            }
        };
        let ending = Box::new(Ending { entry, alteration, key, now });
        match self.process(target, request, now, &ending.key) {
            Processed::Response(response) => Begun::Ready(self.end(*ending, response)),
            Processed::Control(wire) => Begun::Ready(wire),
            Processed::Refused(refused, reply) => Begun::Refused { refused, reply: Box::new(reply), ending },
        }
    }

    /// Finds out why a request was refused. `go_on` is asked before each step; `false` ends the diagnosis early.
    pub(crate) fn diagnose(&self, refused: &Refused, go_on: &mut dyn FnMut() -> bool) -> Diagnosis {
        let platform = &self.0.platform;
        let mut left = platform.options.diagnosis_candidates;
        diagnose(refused, platform, &mut || {
            let more = left > 0 && go_on();
            left = left.saturating_sub(1);
            more
        })
    }

    /// Answers a refused request.
    pub(crate) fn refuse(
        &self,
        refused: &Refused,
        reply: Reply,
        ending: Ending,
        diagnosis: Diagnosis,
    ) -> Wire {
        let Ending { entry, alteration, key, now } = ending;
        let entry = entry.map(|entry| Entry { diagnosis: Some(diagnosis.clone()), ..entry });
        let options = &self.0.platform.options;
        self.answer(entry, |id| {
            let mut reply = reply;
            if !options.plain_answers {
                let english = prefers_english(&refused.parts.headers);
                let see = request_url(&refused.parts, options.advertised.as_deref(), id);
                reply = reply.sandbox_detail(json!({ "diagnosis": diagnosis.json(english), "see": see }));
            }
            altered(reply.into_response(), alteration.as_deref(), &key, now)
        })
    }

    /// Returns what a reset removed, to be dropped where that holds up nobody.
    pub(crate) fn discarded(&self) -> Option<impl Send + use<>> {
        self.0.platform.discarded().take()
    }

    #[cfg(test)]
    pub(crate) fn platform(&self) -> Arc<Platform> {
        Arc::clone(&self.0.platform)
    }

    fn complete(&self, begun: Begun) -> Wire {
        match begun {
            Begun::Ready(wire) => wire,
            Begun::Refused { refused, reply, ending } => {
                let diagnosis = self.diagnose(&refused, &mut || true);
                self.refuse(&refused, *reply, *ending, diagnosis)
            }
        }
    }

    fn process(
        &self,
        target: Target,
        request: Request<Bytes>,
        now: UnixSeconds,
        key: &PlatformPrivateKey,
    ) -> Processed {
        let platform = &self.0.platform;
        let processed = pipeline::process(platform, target, request, now, key);
        let settled = if self.0.keeper.is_some() { platform.state().settle() } else { Ok(()) };
        self.0.changed.notify_one();
        match settled {
            Ok(()) => processed,
            Err(error) => match processed {
                Processed::Control(_) => Processed::Control(error.into_wire()),
                _ => Processed::Response(key.sign_reply(error, now)),
            },
        }
    }

    fn end(&self, ending: Ending, response: Response<Bytes>) -> Wire {
        let wire = altered(response, ending.alteration.as_deref(), &ending.key, ending.now);
        self.answer(ending.entry, |_| wire)
    }

    /// Records the answer in the journal. It is built with the id of its entry there, which is in order even if answers
    /// are built at the same time.
    fn answer(&self, entry: Option<Entry>, wire: impl FnOnce(u64) -> Wire) -> Wire {
        let platform = &self.0.platform;
        let mut journal = platform.journal();
        let wire = wire(journal.next_id());
        let Some(entry) = entry else { return wire };
        let entry = journal.add(entry.answered(&wire));
        drop(journal);
        platform.events.publish("request", |english| entry.row(english));
        if let Some(observer) = &platform.options.observer {
            observer(&Answered {
                method: &entry.method,
                target: &entry.listed_target,
                status: entry.answer.as_ref().map(Response::status),
                diagnosis: entry.diagnosis.as_ref().map(Diagnosis::line),
            });
        }
        wire
    }
}

/// Applies a fault to a response.
fn altered(
    response: Response<Bytes>,
    alteration: Option<&Alteration>,
    key: &PlatformPrivateKey,
    now: UnixSeconds,
) -> Wire {
    match alteration {
        Some(alter) => alter(response, key, now),
        None => response.into(),
    }
}

/// A request that was processed.
pub(crate) enum Begun {
    Ready(Wire),
    /// Needs a diagnosis; see [`Sandbox::diagnose`] and [`Sandbox::refuse`].
    Refused {
        refused: Box<Refused>,
        /// The platform's answer.
        reply: Box<Reply>,
        ending: Box<Ending>,
    },
}

/// What is left to do when the response is known.
pub(crate) struct Ending {
    entry: Option<Entry>,
    alteration: Option<Arc<Alteration>>,
    key: Arc<PlatformPrivateKey>,
    now: UnixSeconds,
}

/// Delivery of callbacks, for simulations. A [`Server`](crate::Server) uses these methods too, so do not use both.
impl Sandbox {
    /// Returns a notification that is due, to be sent now. The attempt is in flight until
    /// [`delivered`](Self::delivered) reports its result. It fails after 10 seconds of real time without a report.
    /// `now` is the real time; whether a notification is due depends on the platform's time.
    pub fn next_delivery(&self, now: UnixSeconds) -> Option<Delivery> {
        let platform = &self.0.platform;
        let state = &mut *platform.state();
        let platform_time = state.platform_time(now);
        let signed_by = state.notifications.signed_by;
        let key = || platform.keys().for_notification(signed_by, now);
        let delivery = state.notifications.next(key, platform_time, now);
        // A result that cannot be written is lost at the next start; then the attempt is made again.
        let _ = state.settle();
        delivery
    }

    /// Returns the number of seconds until [`next_delivery`](Self::next_delivery) should be called again, unless a
    /// request arrives earlier. Returns `None` while nothing is to be delivered.
    pub fn next_delivery_in(&self, now: UnixSeconds) -> Option<u64> {
        let state = self.0.platform.state();
        state.notifications.next_in(state.platform_time(now), now)
    }

    /// Records the result of a delivery: the status of the response, or the reason why there is none. Only 200 and 204
    /// are a success. After a failure the next attempt is due a minute after this one was due, up to nine attempts.
    /// The report of an attempt that has already timed out is ignored.
    pub fn delivered(&self, attempt: Attempt, result: Result<StatusCode, String>) {
        let mut state = self.0.platform.state();
        state.notifications.delivered(attempt, result);
        // As above.
        let _ = state.settle();
        drop(state);
        self.0.platform.events.publish("change", |_| json!({ "change": "notification" }));
    }

    /// Disconnects those who listen to events, so that they do not hold up the end of a server.
    pub(crate) fn close_events(&self) {
        self.0.platform.events.close();
    }

    /// Whether callbacks may be sent to a host beyond this machine.
    pub(crate) fn may_deliver_to(&self, url: &Uri) -> bool {
        self.0.platform.options.deliver_to.iter().any(|allowed| allowed.allows(url))
    }

    /// Completes after the next request, or at once if there was one since the last call.
    pub(crate) async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("credentials", self.credentials()).finish_non_exhaustive()
    }
}
