//! The ledger of coupon campaigns: which coupon is for whom, what was sent, and what became of it.
//!
//! The program `wechatpay` works with it, and a service can do the same, with `wechatpay_hyper` or `wechatpay_ureq`. For
//! that, depend on this crate without its default features, so that nothing of the program is built.
//!
//! ```
//! use wechatpay_cli::ledger::{Binding, Ledger, Plan, SqliteLedger, Threaded};
//! use wechatpay_cli::list::ListReader;
//! use wechatpay_core::bulk::{Policy, Store};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("ledger.db");
//! let binding = Binding::new("1900007291".into(), &"https://api.mch.weixin.qq.com".parse()?);
//! let mut ledger = SqliteLedger::open(&path, binding)?;
//!
//! // Planning the same list again, in any order, changes nothing.
//! let list = "openid,member\noUpF8uMuAJO_M2pxb1Q9zNjWeS6o,1007\n";
//! let mut rows = ListReader::new(list.as_bytes(), Some("member"))?;
//! let columns = rows.columns().clone();
//! let plan = Plan::new("双旦节", "9865000".into(), "1900007291".into(), "wxd678efh567hg6787".into());
//! let planned = ledger.plan(&plan, &columns, &mut rows)?;
//! assert_eq!((planned.rows, planned.new), (1, 1));
//!
//! // One process at a time sends. The store is for a blocking sender, and with a thread of its own for an async one.
//! let run = ledger.lock_run()?;
//! let mut store = ledger.store(&run, "双旦节", &Policy::default())?;
//! assert_eq!(store.lease(10)?.intents.len(), 1);
//! let store = Threaded::start(store)?;
//!
//! assert_eq!(ledger.counts("双旦节")?.planned, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(all(doctest, feature = "program"))]
mod guide;
pub mod ledger;
pub mod list;
