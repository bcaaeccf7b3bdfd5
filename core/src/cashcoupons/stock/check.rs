//! Documented rules for a new stock that the platform may change at any time.

use super::create::CreateCouponStock;
use super::create_model::{CouponRule, JumpTarget, PatternInfo};
use crate::cashcoupons::StockType;
use crate::operation::field;
use crate::types::{Appid, Fen, FieldProblem, InvalidField, Mchid, UnixSeconds};

const DAY: i64 = 24 * 60 * 60;

impl CreateCouponStock {
    /// Returns all documented rules that this stock violates. Returns an empty list if there are none.
    ///
    /// These are the platform's rules as documented at the time of writing. The platform may change them, so sending an
    /// operation does not check them; call this method first to do so. Rules about the current time are checked only if
    /// `now` is given.
    ///
    /// ```
    /// # use wechatpay_core::cashcoupons::*;
    /// # use wechatpay_core::types::Fen;
    /// # let required = RequiredStockFields {
    /// #     out_request_no: "1".into(), stock_name: "券".into(), belong_merchant: "1900007291".into(),
    /// #     available_begin_time: "2026-12-24T00:00:00+08:00".into(),
    /// #     available_end_time: "2027-01-02T23:59:59+08:00".into(),
    /// #     stock_use_rule: StockRule::new(100, Fen::new(5_000), 3),
    /// #     coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), ["1900007291".into()]),
    /// #     no_cash: true,
    /// # };
    /// let stock = CreateCouponStock::new(required);
    /// for problem in stock.check(None) {
    ///     assert_eq!(
    ///         problem.to_string(),
    ///         "stock_use_rule.max_amount is 50.00 yuan; it must be coupon_amount × max_coupons = 100.00 yuan",
    ///     );
    /// }
    /// ```
    pub fn check(&self, now: Option<UnixSeconds>) -> Vec<InvalidField> {
        let mut problems = Problems::default();
        problems.name_and_texts(self);
        problems.times(self, now);
        problems.budget(self);
        problems.coupon(self);
        if let Some(pattern) = &self.pattern_info {
            problems.pattern(pattern);
        }
        problems.0
    }
}

#[derive(Default)]
struct Problems(Vec<InvalidField>);

impl Problems {
    fn note(&mut self, result: Result<(), InvalidField>) {
        self.0.extend(result.err());
    }

    fn rule(&mut self, holds: bool, field: &'static str, rule: impl Into<std::borrow::Cow<'static, str>>) {
        if !holds {
            self.0.push(InvalidField::new(field, FieldProblem::Rule(rule.into())));
        }
    }

    fn name_and_texts(&mut self, stock: &CreateCouponStock) {
        self.note(name("stock_name", &stock.stock_name, 9, 20));
        if let Some(character) = stock.stock_name.chars().find(|c| "_,;|".contains(*c)) {
            let problem = FieldProblem::Character { character, allowed: "all characters except _ , ; |" };
            self.0.push(InvalidField::new("stock_name", problem));
        }
        self.note(field::at_most("comment", stock.comment.as_deref().unwrap_or_default(), 60));
        self.note(field::optional_text("ext_info", stock.ext_info.as_ref(), 128));
        self.rule(
            stock.stock_type == StockType::Normal,
            "stock_type",
            "must be NORMAL; no other type is available",
        );
    }

    fn times(&mut self, stock: &CreateCouponStock, now: Option<UnixSeconds>) {
        let begin = stock.available_begin_time.unix_seconds();
        let end = stock.available_end_time.unix_seconds();
        if let Some((begin, end)) = begin.zip(end) {
            let span = end.saturating_sub(begin);
            self.rule(span >= 1, "available_end_time", "must be after available_begin_time");
            let rule = "must be at most 90 days after available_begin_time";
            self.rule(span <= 90 * DAY, "available_end_time", rule);
        }
        let now = now.and_then(|now| i64::try_from(now).ok());
        if let Some((begin, now)) = begin.zip(now) {
            self.rule(begin >= now, "available_begin_time", "must not be in the past");
            let latest = now.saturating_add(365 * DAY);
            self.rule(begin <= latest, "available_begin_time", "must be at most 365 days in the future");
        }
    }

    fn budget(&mut self, stock: &CreateCouponStock) {
        const MAX_AMOUNT: Fen = Fen::new(100_000_000 * 100);
        let rule = &stock.stock_use_rule;
        self.note(field::number("stock_use_rule.max_coupons", rule.max_coupons, 5..=10_000_000));
        self.note(field::number("stock_use_rule.max_coupons_per_user", rule.max_coupons_per_user, 1..=60));
        let within_max_coupons = rule.max_coupons_per_user <= rule.max_coupons;
        self.rule(within_max_coupons, "stock_use_rule.max_coupons_per_user", "must be at most max_coupons");
        if let Some(coupon) = stock.coupon_use_rule.fixed_normal_coupon {
            let budget = coupon.coupon_amount.checked_mul(rule.max_coupons);
            let amount = rule.max_amount;
            let text = match budget {
                Some(budget) => {
                    format!("is {amount} yuan; it must be coupon_amount × max_coupons = {budget} yuan")
                }
                None => format!("is {amount} yuan; coupon_amount × max_coupons is too large"),
            };
            self.rule(budget == Some(amount), "stock_use_rule.max_amount", text);
        }
        let text = "must be at most 100 000 000 yuan";
        self.rule(rule.max_amount <= MAX_AMOUNT, "stock_use_rule.max_amount", text);
        let by_day = rule.max_amount_by_day.is_none_or(|by_day| by_day <= rule.max_amount);
        self.rule(by_day, "stock_use_rule.max_amount_by_day", "must be at most max_amount");
    }

    fn coupon(&mut self, stock: &CreateCouponStock) {
        const AMOUNT: &str = "coupon_use_rule.fixed_normal_coupon.coupon_amount";
        const MINIMUM: &str = "coupon_use_rule.fixed_normal_coupon.transaction_minimum";
        const MAX_AMOUNT: Fen = Fen::new(1000 * 100);
        let rule = &stock.coupon_use_rule;
        match rule.fixed_normal_coupon {
            Some(coupon) => {
                self.rule(coupon.coupon_amount > Fen::new(1), AMOUNT, "must be more than 1 fen");
                self.rule(coupon.coupon_amount <= MAX_AMOUNT, AMOUNT, "must be at most 1000 yuan");
                let above_amount = coupon.transaction_minimum > coupon.coupon_amount;
                self.rule(above_amount, MINIMUM, "must be more than coupon_amount");
            }
            None => {
                let optional = stock.stock_type != StockType::Normal;
                self.rule(optional, "coupon_use_rule.fixed_normal_coupon", "is required for a NORMAL stock");
            }
        }
        let merchants: Vec<&str> = rule.available_merchants.iter().map(Mchid::as_str).collect();
        self.rule(!merchants.is_empty(), "coupon_use_rule.available_merchants", "is required");
        self.list("coupon_use_rule.available_merchants", &merchants, 50, 20);
        self.list("coupon_use_rule.goods_tag", &rule.goods_tag, 50, 128);
        self.list("coupon_use_rule.available_items", &rule.available_items, 50, 128);
        self.rule(rule.limit_pay.len() <= 1, "coupon_use_rule.limit_pay", "must have at most one entry");
        self.unavailable_fields(rule);
        if let Some(card) = &rule.limit_card {
            self.note(field::text("coupon_use_rule.limit_card.name", &card.name, 4));
            self.count("coupon_use_rule.limit_card.bin", card.bin.len(), 1, 10);
            let digits =
                |bin: &String| (6..=9).contains(&bin.len()) && bin.bytes().all(|b| b.is_ascii_digit());
            self.rule(
                card.bin.iter().all(digits),
                "coupon_use_rule.limit_card.bin",
                "must have entries of 6 to 9 digits",
            );
        }
    }

    fn unavailable_fields(&mut self, rule: &CouponRule) {
        const TEXT: &str = "is not available yet (暂未开放) and must not be set";
        let absent = rule.coupon_available_time.is_none();
        self.rule(absent, "coupon_use_rule.coupon_available_time", TEXT);
        let absent = rule.unavailable_items.is_empty();
        self.rule(absent, "coupon_use_rule.unavailable_items", TEXT);
    }

    fn pattern(&mut self, pattern: &PatternInfo) {
        self.note(field::text("pattern_info.description", &pattern.description, 1000));
        self.note(field::optional_text("pattern_info.merchant_logo", pattern.merchant_logo.as_ref(), 128));
        for (name, text) in [
            ("pattern_info.coupon_image", pattern.coupon_image.as_deref()),
            ("pattern_info.mini_program_appid", pattern.mini_program_appid.as_ref().map(Appid::as_str)),
            ("pattern_info.mini_program_path", pattern.mini_program_path.as_deref()),
        ] {
            self.note(field::optional_text(name, text, usize::MAX));
        }
        if let Some(text) = &pattern.merchant_name {
            self.note(name("pattern_info.merchant_name", text, 12, 36));
        }
        if pattern.jump_target == Some(JumpTarget::MiniProgram) {
            let appid = pattern.mini_program_appid.is_some();
            self.rule(
                appid,
                "pattern_info.mini_program_appid",
                "is required when jump_target is MINI_PROGRAM",
            );
            let path = pattern.mini_program_path.is_some();
            self.rule(path, "pattern_info.mini_program_path", "is required when jump_target is MINI_PROGRAM");
        }
    }

    fn list(&mut self, field: &'static str, entries: &[impl AsRef<str>], max: usize, max_len: usize) {
        self.count(field, entries.len(), 0, max);
        // Report at most one invalid entry per list.
        self.note(entries.iter().try_for_each(|entry| field::text(field, entry, max_len)));
    }

    fn count(&mut self, field: &'static str, count: usize, min: usize, max: usize) {
        let text = format!("has {count} entries; it must have between {min} and {max}");
        self.rule((min..=max).contains(&count), field, text);
    }
}

/// Validates a name: at most `letters` characters, at most `chinese` of them outside ASCII.
fn name(field: &'static str, value: &str, chinese: usize, letters: usize) -> Result<(), InvalidField> {
    let max = if value.is_ascii() { letters } else { chinese };
    field::text(field, value, letters)?;
    let len = value.chars().filter(|c| !c.is_ascii()).count();
    if len > max {
        return Err(InvalidField::new(field, FieldProblem::TooLong { len, max }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cashcoupons::{CardLimitation, FavorAvailableTime, RequiredStockFields, StockRule};

    /// 2026-11-23T00:00:00+08:00
    const NOW: UnixSeconds = 1_795_363_200;

    fn stock() -> CreateCouponStock {
        CreateCouponStock::new(RequiredStockFields {
            out_request_no: "20261123-1".into(),
            stock_name: "微信支付代金券批次".into(),
            belong_merchant: "98568865".into(),
            available_begin_time: "2026-11-24T00:00:00+08:00".into(),
            available_end_time: "2027-02-22T00:00:00+08:00".into(),
            stock_use_rule: StockRule::new(100, Fen::new(10_000), 3).max_amount_by_day(Fen::new(400)),
            coupon_use_rule: CouponRule::normal(Fen::new(100), Fen::new(200), ["9856000".into()]),
            no_cash: false,
        })
    }

    fn fields(change: impl FnOnce(&mut CreateCouponStock)) -> Vec<String> {
        let mut stock = stock();
        change(&mut stock);
        stock.check(Some(NOW)).iter().map(|problem| problem.field().to_owned()).collect()
    }

    #[test]
    fn a_valid_stock_has_no_problems() {
        assert_eq!(stock().check(Some(NOW)), []);
        // The documented example, which is no JSON.
        let documented = stock().ext_info("{'exinfo1':'1234','exinfo2':'3456'}");
        assert_eq!(documented.check(Some(NOW)), []);
    }

    #[test]
    fn every_violated_rule_is_reported() {
        type Change = fn(&mut CreateCouponStock);
        let cases: &[(&str, Change)] = &[
            ("stock_name", |s| s.stock_name = "一二三四五六七八九十".into()),
            ("stock_name", |s| s.stock_name = "abcdefghijklmnopqrstu".into()),
            ("stock_name", |s| s.stock_name = "a|b".into()),
            ("comment", |s| s.comment = Some("c".repeat(61))),
            ("ext_info", |s| s.ext_info = Some("e".repeat(129))),
            ("ext_info", |s| s.ext_info = Some(String::new())),
            ("stock_type", |s| s.stock_type = StockType::Random),
            ("available_end_time", |s| s.available_end_time = "2027-02-22T00:00:01+08:00".into()),
            ("available_end_time", |s| s.available_end_time = s.available_begin_time.clone()),
            ("available_begin_time", |s| {
                s.available_begin_time = "2026-11-22T23:59:59+08:00".into();
                s.available_end_time = "2026-12-22T00:00:00+08:00".into();
            }),
            ("stock_use_rule.max_amount_by_day", |s| {
                s.stock_use_rule.max_amount_by_day = Some(Fen::new(10_001));
            }),
            ("stock_use_rule.max_coupons_per_user", |s| s.stock_use_rule.max_coupons_per_user = 61),
            ("stock_use_rule.max_amount", |s| s.stock_use_rule.max_amount = Fen::new(5_000)),
            ("coupon_use_rule.available_merchants", |s| s.coupon_use_rule.available_merchants.clear()),
            ("coupon_use_rule.fixed_normal_coupon", |s| s.coupon_use_rule.fixed_normal_coupon = None),
            ("coupon_use_rule.goods_tag", |s| s.coupon_use_rule.goods_tag = vec!["t".into(); 51]),
            ("coupon_use_rule.limit_pay", |s| s.coupon_use_rule.limit_pay = vec!["A".into(), "B".into()]),
            ("coupon_use_rule.limit_card.name", |s| {
                s.coupon_use_rule.limit_card = Some(CardLimitation::new("精粹白金卡", ["62542688"]));
            }),
            ("coupon_use_rule.limit_card.bin", |s| {
                s.coupon_use_rule.limit_card = Some(CardLimitation::new("精粹白金", ["62542"]));
            }),
            ("coupon_use_rule.coupon_available_time", |s| {
                s.coupon_use_rule.coupon_available_time = Some(FavorAvailableTime::new());
            }),
            ("coupon_use_rule.unavailable_items", |s| s.coupon_use_rule.unavailable_items = vec!["1".into()]),
            ("pattern_info.merchant_name", |s| {
                s.pattern_info = Some(PatternInfo::new("d").merchant_name("名".repeat(13)));
            }),
            ("pattern_info.description", |s| s.pattern_info = Some(PatternInfo::new("d".repeat(1001)))),
            ("pattern_info.merchant_logo", |s| {
                s.pattern_info = Some(PatternInfo::new("d").merchant_logo(""))
            }),
            ("pattern_info.coupon_image", |s| s.pattern_info = Some(PatternInfo::new("d").coupon_image(""))),
            ("pattern_info.merchant_name", |s| {
                s.pattern_info = Some(PatternInfo::new("d").merchant_name(""))
            }),
            ("pattern_info.mini_program_appid", |s| {
                s.pattern_info = Some(PatternInfo::new("d").mini_program("".into(), "p"));
            }),
            ("pattern_info.mini_program_path", |s| {
                s.pattern_info = Some(PatternInfo::new("d").mini_program("wx1".into(), ""));
            }),
            ("pattern_info.mini_program_path", |s| {
                let mut pattern = PatternInfo::new("d").mini_program("wx1".into(), "p");
                pattern.mini_program_path = None;
                s.pattern_info = Some(pattern);
            }),
        ];
        for (field, change) in cases {
            assert_eq!(fields(change), [*field]);
        }
    }

    #[test]
    fn all_problems_are_reported_together() {
        let problems = fields(|s| {
            s.stock_use_rule = StockRule::new(4, Fen::new(1), 5);
            s.coupon_use_rule.available_merchants.clear();
        });
        assert_eq!(
            problems,
            [
                "stock_use_rule.max_coupons",
                "stock_use_rule.max_coupons_per_user",
                "stock_use_rule.max_amount",
                "coupon_use_rule.available_merchants",
            ]
        );
    }

    #[test]
    fn an_overflowing_budget_is_reported() {
        let problems = fields(|s| s.stock_use_rule.max_coupons = i64::MAX);
        assert_eq!(problems, ["stock_use_rule.max_coupons", "stock_use_rule.max_amount"]);
    }
}
