//! Both drivers send many coupons over real sockets: with faults, with an interrupt, with a store that fails. Nobody gets
//! two coupons, and no request is sent whose attempt was not recorded.

mod async_only;
mod campaign;
mod faults;
mod find;
mod interrupted;
mod memory;
mod panics;
mod speed;
mod store_failures;

// Imports shared by the modules.
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use campaign::Campaign;
use memory::{Memory, Row, Trouble};
use wechatpay_conformance::drivers::{Driver, Hyper};
use wechatpay_conformance::sandbox::{HOUR, ServedSandbox};
use wechatpay_conformance::*;
use wechatpay_core::Client;
use wechatpay_core::bulk::{
    AsyncStore, Batch, BulkOperation, End, Fact, Health, History, Intent, Lease, Order, Policy, Progress,
    Recorded, Refusal, Sender, Standing, Stop, Store, Verdict,
};
use wechatpay_core::cashcoupons::*;
use wechatpay_core::types::Fen;
