//! `doctor`.

pub(in crate::program::texts) const DOCTOR: &[(&str, &str)] = &[
    (
        "no platform certificates: this merchant uses the public key (微信支付公钥). Only a callback can test the APIv3 key",
        "没有平台证书：此商户使用微信支付公钥。只有回调才能检验 APIv3 密钥",
    ),
    (
        "the APIv3 key is right: it decrypts {count} platform certificate(s)",
        "APIv3 密钥正确：解密了 {count} 个平台证书",
    ),
    (
        "no APIv3 key given (WECHATPAY_API_V3_KEY): not tested",
        "未提供 APIv3 密钥（WECHATPAY_API_V3_KEY）：未检验",
    ),
    (
        "key, serial number, clock and platform key are right: the response to the self-test is verified",
        "私钥、证书序列号、时钟和平台密钥均正确：自检的应答已通过验证",
    ),
    (
        "the platform accepted the encrypted field, but returned no encrypted text",
        "平台接受了加密字段，但没有返回密文",
    ),
    ("sensitive fields can be encrypted and decrypted", "敏感字段可以加密和解密"),
    ("the response decrypts to another text", "应答解密后与原文不同"),
    ("the private key can be used (商户 API 私钥)", "商户 API 私钥可用"),
    ("key, certificate and serial number belong together", "私钥、证书和序列号相互匹配"),
    ("no key of the platform is given: its certificates are downloaded", "未提供平台密钥：将下载平台证书"),
    ("the platform's keys can be used: {serials}", "平台密钥可用：{serials}"),
    ("{mchid} at {url}", "商户号 {mchid}，{url}"),
    (
        "the clock of this machine is wrong. Set it, and keep it right with NTP",
        "本机时钟有误。请校准，并用 NTP 保持准确",
    ),
    (
        "something between here and WeChat Pay answered: a proxy, a gateway or a firewall",
        "应答来自本机与微信支付之间的代理、网关或防火墙",
    ),
    (
        "the response belongs to another request: something on the way replays or mixes up responses",
        "应答属于另一个请求：途中有设备重放或混淆了应答",
    ),
    (
        "WeChat Pay was not reached. Check the network, the proxy and the base URL",
        "无法连接微信支付。请检查网络、代理和 URL",
    ),
    ("the request could not be made with these settings", "用这些设置无法构造请求"),
    ("WeChat Pay refused the request", "微信支付拒绝了请求"),
    (
        "the response is an error without a signature and without a code: something between here and WeChat Pay may have sent it",
        "应答是没有签名也没有错误码的错误：可能来自本机与微信支付之间的设备",
    ),
    ("the request was refused, in a response without a signature", "请求被拒绝，但应答没有签名"),
    (
        "the request was changed after it was signed. WeChat Pay received otherwise:",
        "请求在签名之后被改动。微信支付收到的内容不同：",
    ),
    (
        "the merchant has no APIv3 key yet. Set one in the console (APIv3 密钥)",
        "商户尚未设置 APIv3 密钥。请在商户平台设置",
    ),
    (
        "the merchant has no valid certificate with this serial number: the merchant number (商户号) or the serial number (商户证书序列号) is wrong. `openssl x509 -in apiclient_cert.pem -noout -subject -serial` shows both",
        "此商户没有这个序列号的有效证书：商户号或商户证书序列号有误。用 `openssl x509 -in apiclient_cert.pem -noout -subject -serial` 查看两者",
    ),
    (
        "the key does not belong to the serial number: apiclient_key.pem of another download (商户 API 私钥)",
        "商户 API 私钥与证书序列号不匹配：apiclient_key.pem 来自另一次下载",
    ),
    ("the method: a redirect may have been followed", "请求方法：可能跟随了重定向"),
    (
        "the path: a gateway may add or remove a prefix, decode it or change its case",
        "路径：网关可能增减了前缀、解码或改变了大小写",
    ),
    (
        "the query: a gateway may add parameters, reorder or decode them",
        "查询参数：网关可能增加、重排或解码了参数",
    ),
    (
        "the Authorization header, which another client may have made",
        "Authorization 请求头：可能由另一个客户端生成",
    ),
    ("the body: a gateway may format or convert it", "请求体：网关可能重新格式化或转换了内容"),
    ("another part", "其他部分"),
    (
        "the platform's key has another id. Compare WECHATPAY_PUBLIC_KEY_ID with the console (微信支付公钥 ID); a hexadecimal serial is that of a platform certificate",
        "平台密钥的 ID 不同。请将 WECHATPAY_PUBLIC_KEY_ID 与商户平台的微信支付公钥 ID 核对；十六进制序列号属于平台证书",
    ),
    (
        "the platform's key is not the one with that id: pub_key.pem of another merchant, or of another day. Download it again",
        "平台密钥与该 ID 不符：pub_key.pem 属于另一个商户或已过时。请重新下载",
    ),
    (
        "the platform's key is a certificate that is not valid now. Use the public key, or download certificates",
        "平台密钥是当前无效的证书。请使用微信支付公钥，或下载平台证书",
    ),
    (
        "the APIv3 key is not the one in the console (APIv3 密钥). It cannot be shown there; set a new one if it is lost",
        "APIv3 密钥与商户平台中的不一致。商户平台不显示该密钥；如已遗失请重新设置",
    ),
    (
        "the response is not signed: something between here and WeChat Pay sent it or removed headers",
        "应答没有签名：由本机与微信支付之间的设备发送，或被其删除了应答头",
    ),
    ("the response could not be verified", "无法验证应答"),
];
