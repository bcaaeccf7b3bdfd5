//! The parts of a new stock.

use serde::{Deserialize, Serialize};

use crate::cashcoupons::setters::setters;
use crate::cashcoupons::{FixedValueStockMsg, TradeType};
use crate::types::{Appid, Fen, Mchid, open_enum};

/// Budget and limits of a new stock (批次使用规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct StockRule {
    /// 最大发券数: number of coupons, 5 to 10 000 000.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::count))]
    pub max_coupons: i64,
    /// 总消耗金额: total budget, `coupon_amount` × `max_coupons`, at most 100 000 000 yuan.
    pub max_amount: Fen,
    /// 单天最高消耗金额: budget per day, at most `max_amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount_by_day: Option<Fen>,
    /// 单个用户可领个数: maximum number of coupons per user, 1 to 60, at most `max_coupons`.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::count))]
    pub max_coupons_per_user: i64,
    /// 是否开启自然人限制: whether the limit per user applies to persons instead of accounts.
    pub natural_person_limit: bool,
    /// 是否开启防刷拦截: whether accounts that collect coupons automatically are blocked.
    pub prevent_api_abuse: bool,
}

impl StockRule {
    /// Describes a stock of `max_coupons` coupons, with the budget `max_amount` and at most `max_coupons_per_user`
    /// coupons per user. The limit applies to accounts, and automatic collection is not blocked.
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

    /// Sets the budget per day.
    #[must_use]
    pub const fn max_amount_by_day(mut self, max_amount_by_day: Fen) -> Self {
        self.max_amount_by_day = Some(max_amount_by_day);
        self
    }

    /// Sets whether the limit per user applies to persons instead of accounts.
    #[must_use]
    pub const fn natural_person_limit(mut self, on: bool) -> Self {
        self.natural_person_limit = on;
        self
    }

    /// Sets whether accounts that collect coupons automatically are blocked.
    #[must_use]
    pub const fn prevent_api_abuse(mut self, on: bool) -> Self {
        self.prevent_api_abuse = on;
        self
    }
}

/// The details page of a coupon (代金券详情页).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct PatternInfo {
    /// 使用说明: the rules of the campaign, 1 to 1000 characters.
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::text))]
    pub description: String,
    /// 商户 logo: URL of an uploaded image of 120×120 pixels and less than 1 MB. At most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_logo: Option<String>,
    /// 商户名称: name of the merchant, at most 12 Chinese characters or 36 letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merchant_name: Option<String>,
    /// 背景颜色: background color.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_color: Option<BackgroundColor>,
    /// 券详情图片: URL of an uploaded image of 850×350 pixels and at most 2 MB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_image: Option<String>,
    /// 点击“立即使用”跳转至: target of the "use now" button. The default page if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump_target: Option<JumpTarget>,
    /// 跳转的小程序 appid: appid of the mini program, bound to at least one merchant that accepts the coupon. Required if
    /// the target is a mini program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_appid: Option<Appid>,
    /// 跳转的小程序 path: page of the mini program. Required if the target is a mini program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mini_program_path: Option<String>,
}

impl PatternInfo {
    /// Creates a page that contains only the rules of the campaign.
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
        /// Sets the URL of the merchant's logo.
        merchant_logo(url: impl Into<String>) { merchant_logo = Some(url.into()) }

        /// Sets the name of the merchant.
        merchant_name(name: impl Into<String>) { merchant_name = Some(name.into()) }

        /// Sets the background color.
        background_color(color: BackgroundColor) { background_color = Some(color) }

        /// Sets the URL of the image.
        coupon_image(url: impl Into<String>) { coupon_image = Some(url.into()) }

        /// Sets the target of the "use now" button. For a mini program use [`mini_program`](Self::mini_program).
        jump_target(target: JumpTarget) { jump_target = Some(target) }

        /// Sets a page of a mini program as the target of the "use now" button.
        mini_program(appid: Appid, path: impl Into<String>) {
            jump_target = Some(JumpTarget::MiniProgram),
            mini_program_appid = Some(appid),
            mini_program_path = Some(path.into())
        }
    }
}

open_enum! {
    /// Background color of a coupon's details page (背景颜色).
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
    /// Target of the "use now" button (跳转方式).
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
    /// 券生效时间: when a received coupon can be used. Not available yet (暂未开放).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_available_time: Option<FavorAvailableTime>,
    /// 固定面额满减券使用规则: discount amount and threshold. Required for `NORMAL` stocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_normal_coupon: Option<FixedValueStockMsg>,
    /// 订单优惠标记: accepts only orders with one of these tags. At most 50 tags of at most 128 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::texts))]
    pub goods_tag: Vec<String>,
    /// 支付方式: accepts only orders paid in one of these ways. Accepts all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trade_type: Vec<TradeType>,
    /// 是否可叠加其他优惠: whether the coupon can be combined with other offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combine_use: Option<bool>,
    /// 可核销商品编码: accepts only these goods. At most 50 IDs of 1 to 128 characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::texts))]
    pub available_items: Vec<String>,
    /// 不参与优惠商品编码: excludes these goods. Not available yet (暂未开放).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::texts))]
    pub unavailable_items: Vec<String>,
    /// 可核销商户号: merchants that accept the coupon, at most 50. Required by the documentation, but not by the official
    /// SDKs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_merchants: Vec<Mchid>,
    /// 指定银行卡: accepts only these bank cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_card: Option<CardLimitation>,
    /// 指定支付方式: accepts only this means of payment, given by its bank code. Exactly one entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "arbitrary", arbitrary(with = crate::types::generators::texts))]
    pub limit_pay: Vec<String>,
}

impl CouponRule {
    /// Describes a coupon for these merchants that deducts `coupon_amount` from orders of at least
    /// `transaction_minimum`.
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
        /// Sets when a received coupon can be used. Not available yet (暂未开放).
        coupon_available_time(time: FavorAvailableTime) { coupon_available_time = Some(time) }

        /// Accepts only orders with one of these tags.
        goods_tag(tags: impl IntoIterator<Item = impl Into<String>>) {
            goods_tag = tags.into_iter().map(Into::into).collect()
        }

        /// Accepts only orders paid in one of these ways.
        trade_type(types: impl IntoIterator<Item = TradeType>) { trade_type = types.into_iter().collect() }

        /// Sets whether the coupon can be combined with other offers.
        combine_use(on: bool) { combine_use = Some(on) }

        /// Accepts only these goods.
        available_items(items: impl IntoIterator<Item = impl Into<String>>) {
            available_items = items.into_iter().map(Into::into).collect()
        }

        /// Excludes these goods. Not available yet (暂未开放).
        unavailable_items(items: impl IntoIterator<Item = impl Into<String>>) {
            unavailable_items = items.into_iter().map(Into::into).collect()
        }

        /// Accepts only these bank cards.
        limit_card(card: CardLimitation) { limit_card = Some(card) }

        /// Accepts only this means of payment, such as `BCZ_DEBIT`.
        limit_pay(bank_code: impl Into<String>) { limit_pay = vec![bank_code.into()] }
    }
}

/// When a received coupon can be used (券生效时间).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct FavorAvailableTime {
    /// 固定时间段可用: limits use to certain times of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_available_time: Option<FixedAvailableTime>,
    /// 领取后第二天可用: whether the coupon can be used only from the day after it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_day_available: Option<bool>,
    /// 领取后有效时间: number of minutes for which the coupon can be used after it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_time_after_receive: Option<i64>,
}

impl FavorAvailableTime {
    /// Creates a value without restrictions.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// Limits use to certain times of the week.
        fix_available_time(time: FixedAvailableTime) { fix_available_time = Some(time) }

        /// Sets whether the coupon can be used only from the day after it was received.
        second_day_available(on: bool) { second_day_available = Some(on) }

        /// Sets the number of minutes for which the coupon can be used after it was received.
        available_time_after_receive(minutes: i64) { available_time_after_receive = Some(minutes) }
    }
}

/// Times of the week (固定时间段).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct FixedAvailableTime {
    /// 可用星期: days of the week. 0 is Sunday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub available_week_day: Vec<i64>,
    /// 当天开始时间: start of the period, in seconds after midnight.
    pub begin_time: i64,
    /// 当天结束时间: end of the period, in seconds after midnight. 86399 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
}

impl FixedAvailableTime {
    /// Sets a period from `begin_time`, in seconds after midnight, until the end of the day, on every day.
    pub fn new(begin_time: i64) -> Self {
        Self { available_week_day: Vec::new(), begin_time, end_time: None }
    }

    setters! {
        /// Limits the period to these days of the week. 0 is Sunday.
        available_week_day(days: impl IntoIterator<Item = i64>) {
            available_week_day = days.into_iter().collect()
        }

        /// Sets the end of the period, in seconds after midnight.
        end_time(end_time: i64) { end_time = Some(end_time) }
    }
}

/// Bank cards with which a coupon can be used (指定银行卡信息).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct CardLimitation {
    /// 银行卡名称: name of the cards, shown to the user during payment. At most 4 Chinese characters.
    pub name: String,
    /// 卡 BIN: the first 6 to 9 digits of the cards. 1 to 10 entries.
    pub bin: Vec<String>,
}

impl CardLimitation {
    /// Describes the cards with this name and these first digits.
    pub fn new(name: impl Into<String>, bin: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name: name.into(), bin: bin.into_iter().map(Into::into).collect() }
    }
}
