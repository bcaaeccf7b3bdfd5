//! The state that all clones of a sandbox share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::HeaderValue;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{VerifyingKey, load_verifying_key};

use crate::credentials::Credentials;
use crate::error::SandboxError;
use crate::journal::{Events, Journal};
use crate::options::Options;
use crate::protocol::signing_keys::{PlatformPrivateKey, SigningKeys};
use crate::state::State;

pub(crate) struct Platform {
    pub(crate) credentials: Credentials,
    pub(crate) merchant_key: Arc<dyn VerifyingKey>,
    pub(crate) options: Options,
    keys: Mutex<SigningKeys>,
    state: Mutex<State>,
    /// Held while waiting for `state`, so that who asks first is served first: who reads a long list in slices would
    /// otherwise take the lock again before the others wake up.
    turn: Mutex<()>,
    /// A state that was reset and is not yet dropped.
    discarded: Mutex<Option<State>>,
    journal: Mutex<Journal>,
    pub(crate) events: Events,
}

impl Platform {
    pub(crate) fn new(credentials: Credentials, options: Options) -> Result<Self, SandboxError> {
        Ok(Self {
            merchant_key: load_verifying_key(&PROVIDER, credentials.certificate_pem())?,
            keys: Mutex::new(SigningKeys::new(&credentials)?),
            credentials,
            state: Mutex::default(),
            turn: Mutex::default(),
            discarded: Mutex::default(),
            journal: Mutex::new(Journal::new(options.journal)),
            events: Events::default(),
            options,
        })
    }

    /// Code that needs both locks takes this one first.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(turn);
        state
    }

    /// The state that was reset last, to be set or taken. Dropping a large one takes long.
    pub(crate) fn discarded(&self) -> MutexGuard<'_, Option<State>> {
        self.discarded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keys(&self) -> MutexGuard<'_, SigningKeys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No other lock is taken while this one is held.
    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key that signs the response to a request with these headers.
    pub(crate) fn reply_key(&self, headers: &HeaderMap) -> Arc<PlatformPrivateKey> {
        self.keys().for_reply(headers.get("wechatpay-serial").map(HeaderValue::as_bytes))
    }
}
