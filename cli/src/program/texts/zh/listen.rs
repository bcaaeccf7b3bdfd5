//! `listen`, requests that are not signed, and the password of a database.

pub(in crate::program::texts) const LISTEN: &[(&str, &str)] = &[
    // The help.
    ("Receives callbacks: verifies, keeps and forwards them", "接收回调通知：验证、保存并转发"),
    (
        "Address and port to listen on, such as 127.0.0.1:8701. Port 0 is any free port",
        "监听的地址和端口，例如 127.0.0.1:8701。端口 0 表示任意空闲端口",
    ),
    ("The path of the callback URL", "通知地址的路径"),
    ("Keeps callbacks in the ledger before they are accepted", "先将回调通知保存到账本，再应答接收成功"),
    (
        "Forwards callbacks as they were received to this URL. Includes --record",
        "将回调通知原样转发到此 URL。包含 --record",
    ),
    ("Ends when a callback was accepted", "成功接收一条回调通知后结束"),
    (
        "File to which the URL is written when callbacks can arrive. It is removed at the end",
        "可以接收回调通知时，将 URL 写入此文件。结束时删除",
    ),
    ("must be a path that begins with /, without a query", "必须是以 / 开头、不带查询参数的路径"),
    (
        "must be a URL that begins with http:// or https://, without a user name",
        "必须是以 http:// 或 https:// 开头、不含用户名的 URL",
    ),
    // Its start and its end.
    (
        "nothing would keep the callbacks, and WeChat Pay does not send again what was accepted",
        "回调通知不会被保存，而微信支付不会重发已接收成功的通知",
    ),
    ("give --record, or --forward-to URL", "请加上 --record，或 --forward-to URL"),
    ("cannot listen on {address}", "无法监听 {address}"),
    ("the port is not known", "无法得知端口"),
    ("listening at {url}; callbacks are shown and NOT kept", "正在监听 {url}；回调通知只显示，不保存"),
    ("listening at {url}; callbacks are kept in {ledger}", "正在监听 {url}；回调通知保存在 {ledger}"),
    (
        "listening at {url}; callbacks are kept in {ledger}, and forwarded to {receiver}",
        "正在监听 {url}；回调通知保存在 {ledger}，并转发到 {receiver}",
    ),
    (
        "notifications in the ledger: {all}; still to be forwarded: {left}",
        "账本中的回调通知：{all}；待转发：{left}",
    ),
    ("the file {path} of --ready-file cannot be written", "无法写入 --ready-file 的文件 {path}"),
    ("the thread of the ledger has failed", "账本的线程出错"),
    (
        "WECHATPAY_API_V3_KEY is not set; callbacks cannot be decrypted without it",
        "未设置 WECHATPAY_API_V3_KEY；没有它无法解密回调通知",
    ),
    // Callbacks.
    (
        "a callback could not be kept in time; WeChat Pay sends it again",
        "一条回调通知未能及时保存；微信支付会重发",
    ),
    (
        "a callback was not kept, so WeChat Pay sends it again: {error}",
        "一条回调通知未保存，因此微信支付会重发：{error}",
    ),
    ("rejected: {why}", "已拒绝：{why}"),
    ("there is nothing at this path", "此路径下没有内容"),
    ("callbacks are POST", "回调通知使用 POST"),
    ("the body is too large", "请求体过大"),
    ("the body is not whole", "请求体不完整"),
    ("the body did not arrive in time", "请求体未能及时到达"),
    ("rejected (a signature probe of WeChat Pay): {why}", "已拒绝（微信支付的签名探测流量）：{why}"),
    ("{count} more lines were left out", "另有 {count} 行未输出"),
    (
        "nobody reads stdout, so a callback was not written there",
        "没有程序读取标准输出，因此一条回调通知未写到标准输出",
    ),
    ("coupon {coupon} of stock {stock}", "代金券 {coupon}，批次 {stock}"),
    (", {amount} yuan", "，{amount} 元"),
    (", payment {id}", "，微信支付订单号 {id}"),
    (", repeated", "，重复通知"),
    // Forwarding.
    ("forwarded {id}", "已转发 {id}"),
    ("it answered {status}", "应答 {status}"),
    (
        "the receiver did not take {id}: {why}; again in {seconds} s",
        "接收方没有收下 {id}：{why}；{seconds} 秒后重试",
    ),
    ("what was forwarded could not be noted: {error}", "无法记录转发结果：{error}"),
    // Requests that are not signed.
    ("TLS cannot be used", "无法使用 TLS"),
    ("no response within {seconds} s", "{seconds} 秒内没有应答"),
    ("the CA of the settings cannot be used", "设置中的 CA 证书不可用"),
    // The password of a database.
    ("the password file {path} cannot be read", "无法读取密码文件 {path}"),
    ("the password file {path} can be read by others", "密码文件 {path} 可被其他用户读取"),
];
