//! What became of a campaign.

use serde_json::{Map, Value, json};
use wechatpay_cli::ledger::{AnyLedger, Campaign, Counts, Ledger as _, LedgerError, RefusalGroup, Selection};
use wechatpay_hyper::core::types::Fen;

use crate::program::commands::send::preflight::total;
use crate::program::exit::Exit;
use crate::program::output::{fields, members};
use crate::program::session::Session;
use crate::program::texts::{said, text};

/// Where a campaign stands.
pub(super) struct Summary {
    pub(super) campaign: Campaign,
    pub(super) counts: Counts,
    refusals: Vec<RefusalGroup>,
    /// Coupons that may be out, and are neither sent nor refused.
    unresolved: u64,
}

impl Summary {
    pub(super) fn of(ledger: &mut AnyLedger, name: &str) -> Result<Self, LedgerError> {
        let (campaign, counts) = (ledger.campaign(name)?, ledger.counts(name)?);
        let refusals = ledger.refusals(name)?;
        let mut unresolved = counts.doubtful;
        for standing in ["retry", "sending"] {
            ledger.intents(name, &Selection::Standing(standing.to_owned()), &mut |intent| {
                unresolved = unresolved.saturating_add(intent.may_have_happened.into());
                Ok(())
            })?;
        }
        Ok(Self { campaign, counts, refusals, unresolved })
    }

    /// How a run ends that leaves the campaign so.
    pub(super) fn exit(&self, interrupted: bool) -> Exit {
        if self.unresolved > 0 {
            Exit::Unresolved
        } else if self.campaign.is_held() && self.counts.open() > 0 {
            Exit::Stopped
        } else if interrupted {
            Exit::Interrupted
        } else if self.counts.refused > 0 {
            Exit::SomeRefused
        } else {
            Exit::Done
        }
    }

    pub(super) fn json(&self) -> Map<String, Value> {
        let Self { campaign, counts, refusals, unresolved } = self;
        let worth = |coupons| campaign.face_value.and_then(|face| total(coupons, face));
        let mut json = members(json!({
            "campaign": campaign.name,
            "stock_id": campaign.stock_id,
            "coupons": counts.total(),
            "face_value": campaign.face_value,
            "total": worth(counts.total()),
            "total_sent": worth(counts.sent),
            "unresolved": unresolved,
            "refusals": refusals,
            "paused": campaign.paused,
            "stop": campaign.stop,
        }));
        json.extend(members(counts));
        json
    }

    /// The lines for people.
    pub(super) fn text(&self, running: Option<bool>, workers: usize) -> String {
        let Self { campaign, counts, refusals, unresolved } = self;
        let worth = |coupons: u64| {
            let fen: Option<Fen> = campaign.face_value.and_then(|face| total(coupons, face));
            fen.map_or_else(
                || coupons.to_string(),
                |fen| text!("{coupons}, {fen} yuan", coupons = coupons, fen = fen),
            )
        };
        let some = |count: u64| (count > 0).then(|| count.to_string());
        let state = match (&campaign.stop, campaign.paused, running) {
            (Some(stop), ..) => text!(
                "STOPPED: {why}; look at {reason}",
                why = said(&stop.why),
                reason = said(&stop.reason.to_string())
            ),
            (None, false, Some(true)) => text!("a run is under way"),
            (None, ..) if counts.open() == 0 => text!("done"),
            (None, true, _) => text!("paused"),
            (None, false, _) => text!("not running"),
        };
        let again = counts.retry.saturating_add(counts.sending);
        let mut lines = fields([
            ("campaign", Some(campaign.name.clone())),
            ("stock", Some(campaign.stock_id.to_string())),
            ("state", Some(state)),
            ("coupons", Some(worth(counts.total()))),
            ("sent", Some(worth(counts.sent))),
            ("refused", some(counts.refused)),
            ("doubtful", some(counts.doubtful)),
            ("to try again", some(again)),
            ("not tried", some(counts.planned)),
            ("cancelled", some(counts.cancelled)),
            ("may be out", some(*unresolved)),
            ("workers", (workers > 0).then(|| workers.to_string())),
        ]);
        for group in refusals {
            let code = group.code.clone().unwrap_or_else(|| text!("not sent"));
            let internal = group.internal_code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
            let refused =
                text!("refused: {count} × {code}", count = group.intents, code = format!("{code}{internal}"));
            lines.push_str(&format!("\n  {refused}"));
        }
        lines
    }

    /// What to do next, if there is something.
    pub(super) fn next(&self, session: &Session) -> Option<String> {
        let name = self.campaign.name.as_str();
        let resume = || session.command(&["send", "resume", name]);
        if let Some(stop) = &self.campaign.stop {
            return Some(text!(
                "put right {reason}, then: {command}",
                reason = said(&stop.reason.to_string()),
                command = resume()
            ));
        }
        if self.campaign.paused {
            return Some(resume());
        }
        let tried = self.counts.planned.saturating_add(self.counts.retry).saturating_add(self.counts.sending);
        if tried > 0 {
            let stock = self.campaign.stock_id.as_str();
            return Some(session.command(&["send", "run", name, "--confirm", stock]));
        }
        (self.counts.doubtful > 0).then(|| session.command(&["send", "resolve", name, "--query"]))
    }
}
