//! What a new stock is made of.

use serde::{Deserialize, Serialize};

use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{FixedValueStockMsg, TradeType};
use crate::types::{Appid, Fen, Mchid, open_enum};

/// Budget and limits of a new stock (批次使用规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StockRule {
    /// 最大发券数: how many coupons there are, 5 to 10 000 000.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::count))]
    pub max_coupons: i64,
    /// 总消耗金额: the budget, coupon amount × `max_coupons`, at most 100 000 000 yuan.
    pub max_amount: Fen,
    /// 单天最高消耗金额: the budget of a day, at most `max_amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount_by_day: Option<Fen>,
    /// 单个用户可领个数: how many one user can have, 1 to 60, at most `max_coupons`.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::count))]
    pub max_coupons_per_user: i64,
    /// 是否开启自然人限制: counts the limit by person, not by account.
    pub natural_person_limit: bool,
    /// 是否开启防刷拦截: keeps out accounts that collect coupons by machine.
    pub prevent_api_abuse: bool,
}

impl StockRule {
    /// `max_coupons` coupons worth `max_amount` together, `max_coupons_per_user` for one user; no limit by person,
    /// no protection against machines.
    pub const fn new(max_coupons: i64, max_amount: Fen, max_coupons_per_user: i64) -> Self {
        Self {
            max_coupons,
            max_amount,
            max_amount_by_day: None,
            max_coupons_per_user,
            natural_person_limit: false,
            prevent_api_abuse: false,
        }
    }

    /// Limits the budget of a day.
    #[must_use]
    pub const fn max_amount_by_day(mut self, max_amount_by_day: Fen) -> Self {
        self.max_amount_by_day = Some(max_amount_by_day);
        self
    }

    /// Counts the limit per user by person.
    #[must_use]
    pub const fn natural_person_limit(mut self, on: bool) -> Self {
        self.natural_person_limit = on;
        self
    }

    /// Keeps out accounts that collect coupons by machine.
    #[must_use]
    pub const fn prevent_api_abuse(mut self, on: bool) -> Self {
        self.prevent_api_abuse = on;
        self
    }
}

/// The page that shows a coupon (代金券详情页).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PatternInfo {
    /// 使用说明: the rules of the campaign, 1 to 1000 characters.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::text))]
    pub description: String,
    /// 商户 logo: address of an image of 120×120 below 1 MB, uploaded first; at most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_logo: Option<String>,
    /// 商户名称: at most 12 Chinese characters or 36 letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_name: Option<String>,
    /// 背景颜色: background colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_color: Option<BackgroundColor>,
    /// 券详情图片: address of an image of 850×350 of at most 2 MB, uploaded first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_image: Option<String>,
    /// 点击“立即使用”跳转至: where "use now" leads; the default page if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump_target: Option<JumpTarget>,
    /// 跳转的小程序 appid: the mini program, bound to at least one merchant that takes the coupon. Required to jump
    /// to a mini program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_appid: Option<Appid>,
    /// 跳转的小程序 path: its page. Required to jump to a mini program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_path: Option<String>,
}

impl PatternInfo {
    /// A page with these rules and nothing else.
    pub fn new(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            merchant_logo: None,
            merchant_name: None,
            background_color: None,
            coupon_image: None,
            jump_target: None,
            mini_program_appid: None,
            mini_program_path: None,
        }
    }

    setters! {
        /// Shows this logo.
        merchant_logo(url: impl Into<String>) { merchant_logo = Some(url.into()) }

        /// Shows this name.
        merchant_name(name: impl Into<String>) { merchant_name = Some(name.into()) }

        /// Has this background.
        background_color(color: BackgroundColor) { background_color = Some(color) }

        /// Shows this image.
        coupon_image(url: impl Into<String>) { coupon_image = Some(url.into()) }

        /// "Use now" leads there. For a mini program see [`mini_program`](Self::mini_program).
        jump_target(target: JumpTarget) { jump_target = Some(target) }

        /// "Use now" leads to this page of a mini program.
        mini_program(appid: Appid, path: impl Into<String>) {
            jump_target = Some(JumpTarget::MiniProgram),
            mini_program_appid = Some(appid),
            mini_program_path = Some(path.into())
        }
    }
}

open_enum! {
    /// Background of a coupon's page (背景颜色).
    pub enum BackgroundColor {
        /// 色值 010.
        Color010 = "COLOR010",
        /// 色值 020.
        Color020 = "COLOR020",
        /// 色值 030.
        Color030 = "COLOR030",
        /// 色值 040.
        Color040 = "COLOR040",
        /// 色值 050.
        Color050 = "COLOR050",
        /// 色值 060.
        Color060 = "COLOR060",
        /// 色值 070.
        Color070 = "COLOR070",
        /// 色值 080.
        Color080 = "COLOR080",
        /// 色值 081.
        Color081 = "COLOR081",
        /// 色值 082.
        Color082 = "COLOR082",
        /// 色值 090.
        Color090 = "COLOR090",
        /// 色值 100.
        Color100 = "COLOR100",
        /// 色值 101.
        Color101 = "COLOR101",
        /// 色值 102.
        Color102 = "COLOR102",
    }
}

open_enum! {
    /// Where "use now" leads (跳转方式).
    pub enum JumpTarget {
        /// 微信支付付款码: the payment code.
        PaymentCode = "PAYMENT_CODE",
        /// 小程序: a mini program.
        MiniProgram = "MINI_PROGRAM",
        /// 默认页面: the default page.
        DefaultPage = "DEFAULT_PAGE",
    }
}

/// Where and when the coupons of a new stock can be used (核销规则).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CouponRule {
    /// 券生效时间: when a coupon takes effect after it was received. Not open yet (暂未开放).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_available_time: Option<FavorAvailableTime>,
    /// 固定面额满减券使用规则: amount and threshold; required for `NORMAL` stocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_normal_coupon: Option<FixedValueStockMsg>,
    /// 订单优惠标记: only orders with one of these tags, at most 50 of at most 128 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::texts))]
    pub goods_tag: Vec<String>,
    /// 支付方式: only orders paid so; any way if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trade_type: Vec<TradeType>,
    /// 是否可叠加其他优惠: whether it can be combined with other offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_use: Option<bool>,
    /// 可核销商品编码: only these goods, at most 50 of 1 to 128 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::texts))]
    pub available_items: Vec<String>,
    /// 不参与优惠商品编码: not these goods. Not open yet (暂未开放).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::texts))]
    pub unavailable_items: Vec<String>,
    /// 可核销商户号: the merchants that take it, at most 50. The documentation requires it; the official SDKs do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_merchants: Vec<Mchid>,
    /// 指定银行卡: only these bank cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_card: Option<CardLimitation>,
    /// 指定支付方式: only this means of payment, by its bank code; exactly one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::made_up::texts))]
    pub limit_pay: Vec<String>,
}

impl CouponRule {
    /// A coupon of `coupon_amount` for orders from `transaction_minimum`, at these merchants.
    pub fn normal(
        coupon_amount: Fen,
        transaction_minimum: Fen,
        available_merchants: impl IntoIterator<Item = Mchid>,
    ) -> Self {
        Self {
            fixed_normal_coupon: Some(FixedValueStockMsg::new(coupon_amount, transaction_minimum)),
            available_merchants: available_merchants.into_iter().collect(),
            ..Self::default()
        }
    }

    setters! {
        /// Takes effect so after it was received.
        coupon_available_time(time: FavorAvailableTime) { coupon_available_time = Some(time) }

        /// Only for orders with one of these tags.
        goods_tag(tags: impl IntoIterator<Item = impl Into<String>>) {
            goods_tag = tags.into_iter().map(Into::into).collect()
        }

        /// Only for orders paid so.
        trade_type(types: impl IntoIterator<Item = TradeType>) { trade_type = types.into_iter().collect() }

        /// Can be combined with other offers, or not.
        combine_use(on: bool) { combine_use = Some(on) }

        /// Only for these goods.
        available_items(items: impl IntoIterator<Item = impl Into<String>>) {
            available_items = items.into_iter().map(Into::into).collect()
        }

        /// Not for these goods.
        unavailable_items(items: impl IntoIterator<Item = impl Into<String>>) {
            unavailable_items = items.into_iter().map(Into::into).collect()
        }

        /// Only for these bank cards.
        limit_card(card: CardLimitation) { limit_card = Some(card) }

        /// Only for this means of payment, such as `BCZ_DEBIT`.
        limit_pay(bank_code: impl Into<String>) { limit_pay = vec![bank_code.into()] }
    }
}

/// When a coupon can be used after it was received (券生效时间).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct FavorAvailableTime {
    /// 固定时间段可用: only at certain times of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_available_time: Option<FixedAvailableTime>,
    /// 领取后第二天可用: only from the day after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_day_available: Option<bool>,
    /// 领取后有效时间: for so many minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_time_after_receive: Option<i64>,
}

impl FavorAvailableTime {
    /// No restriction yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Only at certain times of the week.
        fix_available_time(time: FixedAvailableTime) { fix_available_time = Some(time) }

        /// Only from the day after it was received.
        second_day_available(on: bool) { second_day_available = Some(on) }

        /// For so many minutes after it was received.
        available_time_after_receive(minutes: i64) { available_time_after_receive = Some(minutes) }
    }
}

/// Times of the week (固定时间段).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct FixedAvailableTime {
    /// 可用星期: days of the week, 0 is Sunday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_week_day: Vec<i64>,
    /// 当天开始时间: from so many seconds after midnight.
    pub begin_time: i64,
    /// 当天结束时间: until so many seconds after midnight; 86399 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
}

impl FixedAvailableTime {
    /// From so many seconds after midnight until the day ends, every day.
    pub fn new(begin_time: i64) -> Self {
        Self { available_week_day: Vec::new(), begin_time, end_time: None }
    }

    setters! {
        /// Only on these days of the week; 0 is Sunday.
        available_week_day(days: impl IntoIterator<Item = i64>) {
            available_week_day = days.into_iter().collect()
        }

        /// Until so many seconds after midnight.
        end_time(end_time: i64) { end_time = Some(end_time) }
    }
}

/// Bank cards a coupon is for (指定银行卡信息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CardLimitation {
    /// 银行卡名称: shown to the user when paying, at most 4 Chinese characters.
    pub name: String,
    /// 卡 BIN: the first 6 to 9 digits of the cards, 1 to 10 of them.
    pub bin: Vec<String>,
}

impl CardLimitation {
    /// Cards of this name and with these first digits.
    pub fn new(name: impl Into<String>, bin: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name: name.into(), bin: bin.into_iter().map(Into::into).collect() }
    }
}
