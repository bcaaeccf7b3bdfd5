//! All forms of the console.

use http::Method;

use crate::console::fault_kinds::KINDS;
use crate::console::forms::{Field, Form, Kind};
use crate::console::text::Text;

const REQUEST: &str = "/_sandbox/requests/{id}";
const COUPON: &str = "/_sandbox/coupons/{coupon_id}";
const NOTIFICATION: &str = "/_sandbox/notifications/{id}";
const CLOCK: &str = "/_sandbox/clock";
const FAULTS: &str = "/_sandbox/faults";
const STATE: &str = "/_sandbox/state";
const LIMITS: &str = "/_sandbox/limits";

const WITHDRAW: Field =
    Field::new("withdraw_former", Kind::Checkbox, Text("同时撤下旧证书", "withdraw the former ones"));

pub(crate) static CLEAR_REQUESTS: Form = Form::new(
    "clear-requests",
    Method::DELETE,
    "/_sandbox/requests",
    "/_sandbox/requests",
    Text("清空全部记录", "Clear the whole log"),
    &[],
);
pub(crate) static COMPARE: Form = Form::new(
    "compare",
    Method::POST,
    "/_sandbox/requests/{id}/compare",
    REQUEST,
    Text("对比", "Compare"),
    &[Field::new("message", Kind::Lines, Text("你签名的原文（签名串）", "The message that you signed"))],
);
pub(crate) static REDEEM: Form = Form::new(
    "redeem",
    Method::POST,
    "/_sandbox/coupons/{coupon_id}/redeem",
    COUPON,
    Text("核销", "Redeem"),
    &[
        Field::new("order_amount", Kind::Integer, Text("订单金额（分）", "Order amount (fen)")),
        Field::new("consume_mchid", Kind::Text, Text("核销商户号", "Merchant")),
        Field::new(
            "goods_detail",
            Kind::Json,
            Text("单品（JSON列表，可不填）", "Goods (a JSON list, optional)"),
        ),
    ],
);
pub(crate) static REFUND: Form = Form::new(
    "refund",
    Method::POST,
    "/_sandbox/coupons/{coupon_id}/refund",
    COUPON,
    Text("退款", "Refund"),
    &[],
);
pub(crate) static RESEND: Form = Form::new(
    "resend",
    Method::POST,
    "/_sandbox/notifications/{id}/resend",
    NOTIFICATION,
    Text("立即发送", "Send now"),
    &[],
);
pub(crate) static CANCEL: Form = Form::new(
    "cancel",
    Method::POST,
    "/_sandbox/notifications/{id}/cancel",
    NOTIFICATION,
    Text("不再发送", "Cancel"),
    &[],
);
pub(crate) static SIGNED_BY: Form = Form::new(
    "signed-by",
    Method::POST,
    "/_sandbox/notifications",
    "/_sandbox/notifications",
    Text("设置", "Set"),
    &[Field::new(
        "signed_by",
        Kind::Choice(&[
            ("public_key", Text("微信支付公钥", "the public key")),
            ("certificate", Text("平台证书", "the certificate")),
            ("mixed", Text("两者轮流", "both in turn")),
        ]),
        Text("回调由谁签名", "Callbacks are signed by"),
    )],
);
pub(crate) static ADD_FAULT: Form = Form::new(
    "add-fault",
    Method::POST,
    FAULTS,
    FAULTS,
    Text("添加故障", "Add the fault"),
    &[
        Field::new("fault", Kind::Choice(KINDS), Text("故障", "Fault")),
        Field::new("operation", Kind::Operation, Text("操作", "Operation")),
        Field::new("skip", Kind::Integer, Text("先放过几次", "Let so many pass first")),
        Field::new("times", Kind::Integer, Text("次数", "Times")),
        Field::new(
            "parameters",
            Kind::Members,
            Text("其他参数（JSON，可不填）", "Other parameters (JSON, optional)"),
        ),
    ],
);
pub(crate) static FORGET_FAULT: Form =
    Form::new("forget-fault", Method::DELETE, "/_sandbox/faults/{id}", FAULTS, Text("移除", "Forget"), &[]);
pub(crate) static CLEAR_FAULTS: Form =
    Form::new("clear-faults", Method::DELETE, FAULTS, FAULTS, Text("移除全部", "Forget all"), &[]);
pub(crate) static SET_LIMITS: Form = Form::new(
    "set-limits",
    Method::POST,
    LIMITS,
    LIMITS,
    Text("替换限制", "Replace the limits"),
    &[Field::new("limits", Kind::Members, Text("限制（JSON）", "Limits (JSON)"))],
);
pub(crate) static CLEAR_LIMITS: Form =
    Form::new("clear-limits", Method::DELETE, LIMITS, LIMITS, Text("取消全部限制", "Remove all limits"), &[]);
pub(crate) static ADVANCE: Form = Form::new(
    "advance",
    Method::POST,
    CLOCK,
    CLOCK,
    Text("推进", "Advance"),
    &[Field::new("advance_seconds", Kind::Integer, Text("秒数", "Seconds"))],
);
pub(crate) static ADVANCE_HOUR: Form = Form::new(
    "advance-hour",
    Method::POST,
    CLOCK,
    CLOCK,
    Text("推进1小时", "Advance 1 hour"),
    &[Field::new("advance_seconds", Kind::HiddenInteger, Text("", ""))],
);
pub(crate) static ADVANCE_DAY: Form = Form::new(
    "advance-day",
    Method::POST,
    CLOCK,
    CLOCK,
    Text("推进1天", "Advance 1 day"),
    &[Field::new("advance_seconds", Kind::HiddenInteger, Text("", ""))],
);
pub(crate) static ADVANCE_TO_TEN: Form = Form::new(
    "advance-to-ten",
    Method::POST,
    CLOCK,
    CLOCK,
    Text("推进到下一个北京时间10:00", "Advance to the next 10:00 in Beijing"),
    &[Field::new("set", Kind::Hidden, Text("", ""))],
);
pub(crate) static ADVANCE_TO_END: Form = Form::new(
    "advance-to-end",
    Method::POST,
    CLOCK,
    CLOCK,
    Text("推进到该批次结束后", "Advance past its end"),
    &[Field::new("set", Kind::Hidden, Text("", ""))],
);
pub(crate) static ADD_CERTIFICATE: Form = Form::new(
    "add-certificate",
    Method::POST,
    "/_sandbox/certificates/add",
    CLOCK,
    Text("新增证书（先不签名）", "Add a certificate (does not sign yet)"),
    &[],
);
pub(crate) static SWITCH_CERTIFICATE: Form = Form::new(
    "switch-certificate",
    Method::POST,
    "/_sandbox/certificates/switch",
    CLOCK,
    Text("改用最新证书签名", "Sign with the newest one"),
    &[WITHDRAW],
);
pub(crate) static ROTATE_CERTIFICATE: Form = Form::new(
    "rotate-certificate",
    Method::POST,
    "/_sandbox/certificates/rotate",
    CLOCK,
    Text("轮换（新增并立即签名）", "Rotate (add, and sign at once)"),
    &[WITHDRAW],
);
pub(crate) static PUBLIC_KEY_ONLY: Form = Form::new(
    "public-key-only",
    Method::POST,
    "/_sandbox/certificates/mode",
    CLOCK,
    Text("设置", "Set"),
    &[Field::new(
        "public_key_only",
        Kind::TrueOrFalse(
            Text("只有微信支付公钥（新商户）", "the public key only (a new merchant)"),
            Text("公钥和平台证书", "public key and certificates"),
        ),
        Text("商户有", "The merchant has"),
    )],
);
pub(crate) static MIXED: Form = Form::new(
    "mixed",
    Method::POST,
    "/_sandbox/certificates/mode",
    CLOCK,
    Text("设置", "Set"),
    &[Field::new(
        "mixed",
        Kind::TrueOrFalse(Text("轮流签名", "sign in turn"), Text("只有一个签名", "one of them signs")),
        Text("有效的证书", "Valid certificates"),
    )],
);
pub(crate) static MERCHANT_CERTIFICATE: Form = Form::new(
    "merchant-certificate",
    Method::POST,
    "/_sandbox/merchant/certificate",
    CLOCK,
    Text("设置", "Set"),
    &[Field::new(
        "state",
        Kind::Choice(&[
            ("valid", Text("有效", "valid")),
            ("expired", Text("已过期", "expired")),
            ("revoked", Text("已作废", "revoked")),
            ("replaced", Text("已更换", "replaced")),
            ("none", Text("未申请", "none")),
        ]),
        Text("商户证书", "Merchant certificate"),
    )],
);
pub(crate) static MERCHANT_KEY: Form = Form::new(
    "merchant-key",
    Method::POST,
    "/_sandbox/merchant/certificate",
    CLOCK,
    Text("设置", "Set"),
    &[Field::new(
        "api_v3_key",
        Kind::TrueOrFalse(Text("已设置", "set"), Text("未设置", "not set")),
        Text("商户的APIv3密钥", "The merchant's APIv3 key"),
    )],
);
pub(crate) static LOAD: Form = Form::new(
    "load",
    Method::PUT,
    STATE,
    STATE,
    Text("载入（替换现有状态）", "Load (replaces what is there)"),
    &[Field::new("document", Kind::Document, Text("导出的JSON", "The JSON of an export"))],
);
pub(crate) static SAVE: Form = Form::new(
    "save",
    Method::POST,
    "/_sandbox/state/save",
    STATE,
    Text("立即整理状态文件", "Replace the snapshot now"),
    &[],
);
pub(crate) static RESET: Form = Form::new(
    "reset",
    Method::POST,
    "/_sandbox/reset",
    STATE,
    Text("清空一切（密钥除外）", "Forget everything but the keys"),
    &[Field::new("confirmed", Kind::Confirmation, Text("确定，无法撤销", "I am sure: it cannot be undone"))],
);

/// Each form once.
pub(crate) static FORMS: [&Form; 27] = [
    &CLEAR_REQUESTS,
    &COMPARE,
    &REDEEM,
    &REFUND,
    &RESEND,
    &CANCEL,
    &SIGNED_BY,
    &ADD_FAULT,
    &FORGET_FAULT,
    &CLEAR_FAULTS,
    &SET_LIMITS,
    &CLEAR_LIMITS,
    &ADVANCE,
    &ADVANCE_HOUR,
    &ADVANCE_DAY,
    &ADVANCE_TO_TEN,
    &ADVANCE_TO_END,
    &ADD_CERTIFICATE,
    &SWITCH_CERTIFICATE,
    &ROTATE_CERTIFICATE,
    &PUBLIC_KEY_ONLY,
    &MIXED,
    &MERCHANT_CERTIFICATE,
    &MERCHANT_KEY,
    &LOAD,
    &SAVE,
    &RESET,
];

/// The form at `/_sandbox/forms/{name}`.
pub(crate) fn form(segments: &[String]) -> Option<&'static Form> {
    let [first, second, name] = segments else { return None };
    let is_form = first == "_sandbox" && second == "forms";
    FORMS.into_iter().find(|form| is_form && form.name == name)
}
