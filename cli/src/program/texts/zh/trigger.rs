//! `trigger`.

pub(in crate::program::texts) const TRIGGER: &[(&str, &str)] = &[
    ("Uses or refunds coupons in a sandbox, as users would", "在沙箱中模拟用户核销代金券或退款"),
    (
        "Uses coupons in payments, of which the sandbox calls the callback URL",
        "在支付中核销代金券，沙箱会向通知地址发送回调",
    ),
    (
        "Refunds the payments in which coupons were used. There is no callback for it",
        "对使用了代金券的支付退款。退款没有回调通知",
    ),
    (
        "Amount of each payment, in yuan with two decimals [default: the least for which the coupon can be used]",
        "每笔支付的金额，单位元，两位小数 [默认：可用券的最低金额]",
    ),
    ("IDs of coupons. - reads them from stdin, one a line", "代金券 ID。- 表示从标准输入读取，每行一个"),
    (
        "Takes coupons that this campaign has sent, in the order of its list. Those for which it cannot be done are skipped",
        "按名单顺序选取此活动已发放的代金券。无法操作的会跳过",
    ),
    ("How many coupons of the campaign [default: all]", "选取活动的多少张代金券 [默认：全部]"),
    ("the ID of a coupon must consist of digits; nothing was done", "代金券 ID 必须全部为数字；未做任何操作"),
    ("coupon {id}: {why}", "代金券 {id}：{why}"),
    ("1 coupon was used", "已核销 1 张代金券"),
    ("{count} coupons were used", "已核销 {count} 张代金券"),
    ("1 coupon was refunded", "已退款 1 张代金券"),
    ("{count} coupons were refunded", "已退款 {count} 张代金券"),
    ("{done} of {wanted} coupons were used", "{wanted} 张代金券中已核销 {done} 张"),
    ("{done} of {wanted} coupons were refunded", "{wanted} 张代金券中已退款 {done} 张"),
    (
        "start one with `wechatpay sandbox`, or set no WECHATPAY_* to use the one beside the ledger",
        "请用 `wechatpay sandbox` 启动沙箱；或不设置任何 WECHATPAY_* 变量，使用账本旁的沙箱",
    ),
    (
        "trigger is for a sandbox only, and {url} is WeChat Pay; nothing was done",
        "trigger 只能用于沙箱，而 {url} 是微信支付；未做任何操作",
    ),
    (
        "trigger is for a sandbox only, and {url} is none; nothing was done",
        "trigger 只能用于沙箱，而 {url} 不是沙箱；未做任何操作",
    ),
    ("the sandbox answered {status}: {message}", "沙箱应答 {status}：{message}"),
    ("the request to the sandbox cannot be made", "无法构造发往沙箱的请求"),
    ("there was no answer at {url}: {error}", "{url} 没有应答：{error}"),
];
