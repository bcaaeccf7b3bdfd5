//! A merchant with a campaign: its sandbox, its list and its ledger.

use std::collections::BTreeMap;
use std::process::Child;

use serde_json::{Value, json};

use crate::merchant::{Merchant, STOCK};
use crate::program::{Program, Ran};

pub(crate) struct Campaign {
    pub(crate) merchant: Merchant,
    pub(crate) program: Program,
}

impl Campaign {
    /// A campaign `spring` for so many users, which is planned.
    pub(crate) fn planned(users: u64) -> Self {
        let campaign = Self::new(users);
        let planned =
            campaign.program.json(&format!("send plan users.csv --campaign spring --stock {STOCK}"));
        assert_eq!(planned["coupons"], users);
        campaign.forget_handled();
        campaign
    }

    /// The same, not planned yet.
    pub(crate) fn new(users: u64) -> Self {
        let merchant = Merchant::with_coupons(users * 2);
        let program = merchant.program();
        program.write("users.csv", list(0..users));
        Self { merchant, program }
    }

    /// The line of a run.
    pub(crate) fn line(options: &str) -> String {
        format!("send run spring --confirm {STOCK} {options}")
    }

    pub(crate) fn run(&self, options: &str) -> Ran {
        self.program.run(&Self::line(options))
    }

    pub(crate) fn start(&self, options: &str) -> Child {
        self.program.command(&Self::line(options)).spawn().unwrap()
    }

    pub(crate) fn status(&self) -> Value {
        self.program.json("send status spring")
    }

    /// Waits until so many requests were handled since the last call.
    pub(crate) fn handled(&self, requests: usize) {
        for _ in 0..requests {
            self.merchant.handled.recv().unwrap();
        }
    }

    /// Forgets which requests were handled so far.
    pub(crate) fn forget_handled(&self) {
        while self.merchant.handled.try_recv().is_ok() {}
    }

    /// Sets limits and moods.
    pub(crate) fn limits(&self, limits: &Value) {
        self.merchant.control("limits", limits);
    }

    /// Lets further requests for coupons fail in this way.
    pub(crate) fn fault(&self, fault: &str, times: u64, skip: u64) {
        let body = json!({ "operation": "coupon.send", "fault": fault, "times": times, "skip": skip });
        self.merchant.control("faults", &body);
    }

    /// The coupons of the sandbox: number to id.
    pub(crate) fn coupons(&self) -> BTreeMap<String, String> {
        let state = self.merchant.state("state/export");
        let coupons = state["coupons"].as_array().unwrap();
        let text = |coupon: &Value, name: &str| coupon[name].as_str().unwrap().to_owned();
        let by_number: BTreeMap<_, _> = coupons
            .iter()
            .map(|coupon| (text(coupon, "out_request_no"), text(coupon, "coupon_id")))
            .collect();
        assert_eq!(by_number.len(), coupons.len(), "two coupons have one number");
        by_number
    }

    /// What the ledger says was sent: number to id.
    pub(crate) fn sent(&self, ledger: &str) -> BTreeMap<String, String> {
        let exported = self.program.run(&format!("{ledger} send export spring --state sent")).succeeded();
        let mut lines = exported.stdout.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let columns = lines.next().unwrap();
        let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
        let (number, coupon) = (at("out_request_no"), at("coupon_id"));
        lines.map(|cells| (cells[number].to_owned(), cells[coupon].to_owned())).collect()
    }

    /// Each user has one coupon, and the ledger knows it.
    pub(crate) fn assert_whole(&self, users: u64) {
        let coupons = self.coupons();
        assert_eq!(coupons.len() as u64, users);
        assert_eq!(self.sent(""), coupons);
        assert_eq!(self.status()["sent"], users);
        self.program.run("ledger check").succeeded();
    }
}

/// A list of users.
pub(crate) fn list(users: std::ops::Range<u64>) -> String {
    let rows = users.map(|user| format!("oUser{user:023},{user}\n"));
    ["openid,member\n".to_owned()].into_iter().chain(rows).collect()
}
