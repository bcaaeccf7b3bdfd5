//! Stocks of the kind platform-favor (减金批次).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::types::UnixSeconds;

use crate::calendar::rfc3339;
use crate::protocol::json::{Object, present};
use crate::state::id::Id;
use crate::state::numbered::{Chosen, Numbered};

/// All of them in the order of creation.
pub(crate) type PlatformFavors = Numbered<30_000_001, PlatformFavor>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlatformFavor {
    pub(crate) id: Id<30_000_001>,
    pub(crate) created: UnixSeconds,
    pub(crate) terms: Object,
}

impl Chosen for PlatformFavor {
    fn number(&self) -> &str {
        self.text("out_request_no").unwrap_or_default()
    }
}

impl PlatformFavor {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.terms.get(name).and_then(Value::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        present(json!({
            "stock_id": self.id,
            "create_time": rfc3339(self.created),
            // Made up, because the request has no such field.
            "stock_name": "减金",
            "stock_status": "UNACTIVATED",
            "belong_merchant": self.terms.get("belong_merchant"),
            "send_rule": self.terms.get("send_rule"),
            "use_rule": self.terms.get("use_rule"),
            "display_pattern": self.terms.get("display_pattern"),
        }))
    }
}
