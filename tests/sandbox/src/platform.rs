//! The state that all clones of a sandbox share.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::HeaderMap;
use wechatpay_core::crypto::aws_lc_rs::PROVIDER;
use wechatpay_core::crypto::{VerifyingKey, load_verifying_key};
use wechatpay_core::types::UnixSeconds;

use crate::credentials::Credentials;
use crate::diagnosis::KnownKeys;
use crate::error::SandboxError;
use crate::journal::{Events, Journal};
use crate::options::Options;
use crate::persistence::Store;
use crate::protocol::signing_keys::{Certificate, PlatformPrivateKey, SigningKeys};
use crate::protocol::standing::Standing;
use crate::state::State;
use crate::state::change::{Change, Misfit};

pub(crate) struct Platform {
    pub(crate) credentials: Credentials,
    pub(crate) merchant_key: Arc<dyn VerifyingKey>,
    pub(crate) options: Options,
    /// Those that signatures of refused requests are opened with.
    pub(crate) known_keys: KnownKeys,
    standing: Mutex<Standing>,
    keys: Mutex<SigningKeys>,
    state: Mutex<State>,
    /// Held while waiting for `state`, so that who asks first is served first: who reads a long list in slices would
    /// otherwise take the lock again before the others wake up.
    turn: Mutex<()>,
    /// A state that was reset and is not yet dropped.
    discarded: Mutex<Option<State>>,
    journal: Mutex<Journal>,
    pub(crate) events: Events,
    /// Where the state is kept, if it is.
    pub(crate) store: OnceLock<Store>,
}

impl Platform {
    pub(crate) fn new(credentials: Credentials, options: Options) -> Result<Self, SandboxError> {
        Ok(Self {
            merchant_key: load_verifying_key(&PROVIDER, credentials.certificate_pem())?,
            keys: Mutex::new(SigningKeys::new(&credentials)?),
            known_keys: KnownKeys::new(&credentials),
            standing: Mutex::new(Standing::good()),
            credentials,
            state: Mutex::default(),
            turn: Mutex::default(),
            discarded: Mutex::default(),
            journal: Mutex::new(Journal::new(options.journal)),
            events: Events::default(),
            store: OnceLock::new(),
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

    /// What the platform has of the merchant.
    pub(crate) fn standing(&self) -> Standing {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_standing(&self, standing: Standing) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// Makes a change of the state, the keys or the merchant's standing. `state` is that of this platform.
    pub(crate) fn apply(&self, state: &mut State, change: Change) -> Result<(), Misfit> {
        match change {
            Change::Reset => {
                let before = state.reset();
                self.set_standing(Standing::good());
                drop(self.discarded().replace(before));
                Ok(())
            }
            Change::Standing(standing) => {
                self.set_standing(standing);
                Ok(())
            }
            Change::Certificate(stored) => {
                let certificate = Certificate::restore(&stored);
                self.keys()
                    .add_stored(certificate.map_err(|_| Misfit("a certificate is invalid".to_owned()))?);
                Ok(())
            }
            Change::KeyModes(modes) => {
                self.keys().set_modes(&modes);
                Ok(())
            }
            other => state.apply(other),
        }
    }

    /// Returns the key that signs the response to a request with these headers. Keys may sign in turn, so this is called
    /// once for a request.
    pub(crate) fn reply_key(&self, headers: &HeaderMap, now: UnixSeconds) -> Arc<PlatformPrivateKey> {
        let wanted = headers.get("wechatpay-serial").and_then(|value| value.to_str().ok());
        self.keys().for_reply(wanted, now)
    }
}
