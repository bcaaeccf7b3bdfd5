//! A campaign, its database, and workers that are processes.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::{Value, json};

use crate::campaign::{Campaign, list};
use crate::merchant::{Merchant, STOCK};
use crate::postgres::Server;
use crate::program::Ran;

const SECOND: Duration = Duration::from_secs(1);

pub(crate) struct Crew {
    pub(crate) campaign: Campaign,
}

impl Crew {
    /// A campaign `spring` for so many users, the first of whom get two coupons. It is not planned.
    pub(crate) fn new(server: &Server, users: u64, twice: u64) -> Self {
        let merchant = Merchant::with_coupons(users * 2);
        let (address, _) = server.schema();
        let program = merchant.program().set("WECHATPAY_LEDGER", address);
        let second = list(0..twice).lines().skip(1).map(|row| format!("{row}-2\n")).collect::<String>();
        program.write("users.csv", list(0..users) + &second);
        let crew = Self { campaign: Campaign { merchant, program } };
        // The platform refuses a send to a user to whom another one is under way.
        crew.limits(json!({}));
        crew
    }

    pub(crate) fn limits(&self, mut limits: Value) {
        limits["concurrent_rule_limit"] = json!({ "milliseconds": 20 });
        self.campaign.limits(&limits);
    }

    pub(crate) fn plan_line() -> String {
        format!("send plan users.csv --campaign spring --stock {STOCK} --key-column member")
    }

    pub(crate) fn plan(&self) {
        self.campaign.program.run(&Self::plan_line()).succeeded();
        self.campaign.forget_handled();
    }

    pub(crate) fn command(&self, options: &str) -> Command {
        self.campaign.program.command(&Campaign::line(&format!("--join {options}")))
    }

    pub(crate) fn start(&self, options: &str) -> Child {
        self.command(options).spawn().unwrap()
    }

    pub(crate) fn end(&self, worker: Child) -> Ran {
        self.campaign.program.end(worker.wait_with_output().unwrap())
    }

    /// Each intent has one coupon, of which ledger and platform agree, and none was refused.
    pub(crate) fn assert_whole(&self, coupons: usize) {
        // Two requests for a user at a time would get 403.
        assert!(!self.answers().contains_key(&403), "{:?}", self.answers());
        let made = self.campaign.coupons();
        assert_eq!(made.len(), coupons);
        assert_eq!(self.campaign.sent(""), made);
        self.campaign.program.run("ledger check").succeeded();
    }

    /// The most sends in any second.
    pub(crate) fn most_in_a_second(&self) -> usize {
        let mut times: Vec<_> =
            self.campaign.merchant.sends.lock().unwrap().iter().map(|send| send.0).collect();
        times.sort_unstable();
        let within = |from: usize| times.partition_point(|at| *at < times[from] + SECOND) - from;
        (0..times.len()).map(within).max().unwrap_or_default()
    }

    /// How many sends were answered with each status.
    pub(crate) fn answers(&self) -> BTreeMap<u16, usize> {
        let mut answers = BTreeMap::new();
        for (_, status) in self.campaign.merchant.sends.lock().unwrap().iter() {
            *answers.entry(*status).or_default() += 1;
        }
        answers
    }
}
