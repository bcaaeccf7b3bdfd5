//! What comes from the libraries: why a campaign stopped, and words within errors of the ledger.

pub(in crate::program::texts) const CORE: &[(&str, &str)] = &[
    ("the platform refuses every request like this one", "平台拒绝所有同类请求"),
    (
        "3 responses in a row prove nothing: they could not be verified, or are not WeChat Pay's",
        "连续 3 个应答无法证明任何结果：无法验证，或不是来自微信支付",
    ),
    ("3 requests in a row were not authenticated (401)", "连续 3 个请求未通过认证（401）"),
    ("5 successes in a row could not be read", "连续 5 个成功应答无法读取"),
    ("20 requests in a row were refused, without a success", "连续 20 个请求被拒绝，没有一个成功"),
    ("the platform failed (5xx) for each of the first 5 rows", "前 5 行平台均返回错误（5xx）"),
    (
        "each of the first 20 rows was refused as invalid: the openids may be those of another app",
        "前 20 行均因无效被拒绝：这些 openid 可能属于另一个 appid",
    ),
    ("nothing of the budget is left", "预算已用完"),
    ("it is not running any more", "批次已不在运行"),
    ("platform", "平台"),
    ("merchant number", "商户号"),
    ("host", "域名"),
    ("the creator of the stock", "批次创建方商户号"),
    ("the appid", "appid（公众账号 ID）"),
    ("the key column", "主键列"),
    ("has more than 128 characters", "超过 128 个字符"),
    ("contains control characters, or begins or ends with a space", "包含控制字符，或以空格开头或结尾"),
    ("is empty", "为空"),
    (
        "schema must be 1 to 63 characters of a-z, 0-9 and _",
        "schema 必须为 1 至 63 个字符，只能使用 a-z、0-9 和 _",
    ),
    (
        "sslmode must be disable, prefer, require, verify-ca or verify-full",
        "sslmode 必须是 disable、prefer、require、verify-ca 或 verify-full",
    ),
    ("it is not a URL of PostgreSQL", "不是 PostgreSQL 的 URL"),
    ("semicolons", "分号"),
    ("tabs", "制表符"),
    ("a line break or another control character", "换行或其他控制字符"),
    ("a space, at its beginning or end or where none can be", "空格（在开头、结尾或不允许的位置）"),
    ("a character that nobody sees, such as a space without width", "不可见字符，例如零宽空格"),
    ("an emoji or the like", "表情符号或类似字符"),
];
