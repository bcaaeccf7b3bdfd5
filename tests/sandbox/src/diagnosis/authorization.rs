//! The header `Authorization`, read leniently, and the mistakes in its form (A1 to A6).

use http::HeaderValue;
use http::header::AUTHORIZATION;

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::visible::Shown;

pub(crate) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
const FIELDS: [&str; 5] = ["mchid", "nonce_str", "timestamp", "serial_no", "signature"];

/// The fields that could be read. An absent one is `None`.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) mchid: Option<String>,
    pub(crate) nonce_str: Option<String>,
    pub(crate) timestamp: Option<String>,
    pub(crate) serial_no: Option<String>,
    pub(crate) signature: Option<String>,
}

/// A `name="value"` of the header.
struct Field {
    name: String,
    value: String,
    /// Whether the value is in plain double quotes.
    quoted: bool,
    /// Whether the separator before it is a comma, and `=` is between name and value.
    separated: bool,
}

/// Reads the header. Without any, there is nothing to examine further.
pub(crate) fn read(case: &Case<'_>, shown: &Shown<'_>) -> (Option<Fields>, Vec<Finding>) {
    let headers: Vec<&HeaderValue> = case.headers.get_all(AUTHORIZATION).iter().collect();
    let mut findings = Vec::new();
    let Some(first) = headers.first() else { return (None, vec![absent(case)]) };
    let text = String::from_utf8_lossy(first.as_bytes()).into_owned();
    if headers.len() > 1 || text.matches(SCHEME).count() > 1 {
        findings.push(Finding::new(
            "A6",
            "请求有两个Authorization头（或其中有两份认证信息）；应只发送一个，请检查是否设置了两次。",
            "The request has two Authorization headers, or two credentials in one; send exactly one.",
        ));
    }
    let text = text.trim();
    let rest = scheme(text, shown, &mut findings);
    let fields = fields(rest);
    if fields.is_empty() {
        findings.push(Finding::new(
            "A5",
            "Authorization中没有 mchid、nonce_str、timestamp、serial_no、signature 这五项。",
            "Authorization has none of the five fields mchid, nonce_str, timestamp, serial_no, signature.",
        ));
        return (None, findings);
    }
    form(&fields, rest, &mut findings);
    names(&fields, shown, &mut findings);
    let value = |name: &str| {
        let exact = fields.iter().find(|field| field.name == name);
        let near = || fields.iter().find(|field| nearest(&field.name) == Some(name));
        exact.or_else(near).map(|field| field.value.clone())
    };
    let read = Fields {
        mchid: value("mchid"),
        nonce_str: value("nonce_str"),
        timestamp: value("timestamp"),
        serial_no: value("serial_no"),
        signature: value("signature"),
    };
    (Some(read), findings)
}

fn absent(case: &Case<'_>) -> Finding {
    let holds = |bytes: &[u8]| bytes.windows(SCHEME.len()).any(|window| window == SCHEME.as_bytes());
    let body = case.body.get(..case.body.len().min(64 * 1024)).unwrap_or_default();
    if holds(body) {
        return Finding::new(
            "A1",
            "请求没有Authorization头，认证信息被放进了正文（body）；应作为HTTP请求头Authorization发送。",
            "The request has no Authorization header: its value is in the body; send it as an HTTP header.",
        );
    }
    if let Some((name, _)) = case.headers.iter().find(|(_, value)| holds(value.as_bytes())) {
        return Finding::new(
            "A1",
            format!("请求没有Authorization头，认证信息在名为 {name} 的头中；头的名称应为Authorization。"),
            format!(
                "The request has no Authorization header: its value is in the header {name}; the name is Authorization."
            ),
        );
    }
    Finding::new(
        "A1",
        "请求没有Authorization头；请检查是否设置了它，以及代理或重定向是否去掉了它。",
        "The request has no Authorization header; check that it is set, and that no proxy or redirect removes it.",
    )
}

/// Checks the scheme, and returns the rest.
fn scheme<'a>(text: &'a str, shown: &Shown<'_>, findings: &mut Vec<Finding>) -> &'a str {
    let wrong = |got: &str, zh: String, en: &str| {
        Finding::new("A2", zh, en).expected(SCHEME).got(shown.text(got.as_bytes()))
    };
    if let Some(rest) = text.strip_prefix(SCHEME) {
        let after = rest.trim_start_matches([' ', '\t']);
        if after.len() == rest.len() && !rest.is_empty() {
            findings.push(wrong(
                text.get(..40).unwrap_or(SCHEME),
                format!("Authorization的认证类型 {SCHEME} 之后缺少空格。"),
                "The space after the scheme in Authorization is missing.",
            ));
        }
        return after.trim_start_matches([',', ':', ' ']);
    }
    // Without a scheme, the first word is a field.
    let first = text.split([' ', '\t']).next().unwrap_or_default();
    let has_scheme = !first.contains('=') && !first.contains('"');
    let (got, rest) =
        if has_scheme { text.split_at_checked(first.len()).unwrap_or((text, "")) } else { ("", text) };
    findings.push(if text.contains("{{") {
        wrong(
            got,
            format!("Authorization中有未替换的变量（{{{{…}}}}），认证类型应为 {SCHEME}；请检查工具的变量和脚本是否生效。"),
            "Authorization has a variable {{...}} that was not replaced; check that the tool's variables and scripts are set. The scheme is WECHATPAY2-SHA256-RSA2048.",
        )
    } else if got.to_ascii_uppercase().contains("SM2") {
        wrong(
            got,
            format!("Authorization的认证类型是国密SM2；此商户的密钥是RSA，认证类型应为 {SCHEME}。"),
            "The scheme in Authorization is that of SM2; this merchant's key is RSA, so the scheme is WECHATPAY2-SHA256-RSA2048.",
        )
    } else if got.is_empty() {
        wrong(
            got,
            format!("Authorization缺少认证类型；应以 {SCHEME} 和一个空格开头。"),
            "Authorization lacks the scheme; begin with WECHATPAY2-SHA256-RSA2048 and a space.",
        )
    } else {
        wrong(
            got,
            format!("Authorization的认证类型不正确；应为 {SCHEME}（大写）。"),
            "The scheme in Authorization is wrong; it is WECHATPAY2-SHA256-RSA2048, in upper case.",
        )
    });
    rest.trim_start()
}

/// Splits the value into its fields, whatever quotes and separators it has.
fn fields(text: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = text;
    // More fields are not read.
    while fields.len() < 24 {
        let separators = rest.len().saturating_sub(rest.trim_start_matches(is_separator).len());
        let (before, after) = rest.split_at_checked(separators).unwrap_or((rest, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let end = after.find(|c| !is_name(c) && !is_quote(c)).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(end).unwrap_or((after, ""));
        let trimmed = after.trim_start();
        let Some(value) = trimmed.strip_prefix(['=', ':', '＝']) else {
            // Not a field: skip to the next separator.
            match after.find(is_separator) {
                Some(next) => rest = after.get(next..).unwrap_or_default(),
                None => break,
            }
            continue;
        };
        let equals = trimmed.starts_with('=');
        let (value, quoted, next) = value_of(value.trim_start());
        let comma = before.trim() == "," || (fields.is_empty() && before.trim().is_empty());
        let name = name.trim_matches(is_quote).to_owned();
        fields.push(Field { name, value, quoted, separated: comma && equals });
        rest = next;
    }
    fields
}

/// The value at the beginning, whether it is in plain double quotes, and the rest.
fn value_of(text: &str) -> (String, bool, &str) {
    let body = text.strip_prefix('\\').unwrap_or(text);
    let quote = body.chars().next().filter(|c| is_quote(*c));
    if let Some(quote) = quote {
        let inside = body.strip_prefix(quote).unwrap_or_default();
        let is_end = |c: char| c == quote || (is_quote(c) && quote != '"');
        let end = inside.find(is_end);
        let (value, rest) = inside.split_at_checked(end.unwrap_or(inside.len())).unwrap_or((inside, ""));
        let rest = rest.trim_start_matches(is_end);
        let plain = quote == '"' && body.len() == text.len() && end.is_some();
        return (value.trim_end_matches('\\').to_owned(), plain, rest);
    }
    let end = text.find([',', ';', '&', '，']).unwrap_or(text.len());
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    // Fields that only blanks separate.
    let next = FIELDS.iter().filter_map(|name| value.find(&format!(" {name}="))).min();
    let cut = next.unwrap_or(value.len());
    let rest = if next.is_some() { text.get(cut..).unwrap_or(rest) } else { rest };
    let value = value.get(..cut).unwrap_or(value).trim();
    (value.trim_matches(is_quote).to_owned(), false, rest)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '&' | '，' | '；' | '{' | '}')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’' | '`')
}

fn form(fields: &[Field], rest: &str, findings: &mut Vec<Finding>) {
    if fields.iter().any(|field| !field.quoted) {
        findings.push(
            Finding::new(
                "A3",
                "Authorization各项的值应在英文双引号（\"）中；缺少引号，或用了其他引号。",
                "Each value in Authorization is in plain double quotes (\"); they are missing, or other quotes were used.",
            )
            .expected("mchid=\"…\",nonce_str=\"…\",signature=\"…\",timestamp=\"…\",serial_no=\"…\""),
        );
    }
    let ends_badly = rest.trim_end().ends_with([',', ';', '&']);
    if fields.iter().any(|field| !field.separated) || ends_badly {
        findings.push(
            Finding::new(
                "A4",
                "Authorization各项之间的分隔符不对：项与项之间用一个英文逗号（,），名称与值之间用等号，末尾没有逗号。",
                "The separators in Authorization are wrong: one comma between two fields, = between name and value, and no comma at the end.",
            )
            .expected("mchid=\"…\",nonce_str=\"…\",signature=\"…\",timestamp=\"…\",serial_no=\"…\""),
        );
    }
}

fn names(fields: &[Field], shown: &Shown<'_>, findings: &mut Vec<Finding>) {
    let written = |field: &Field| shown.text(field.name.as_bytes());
    let mut push = |zh: String, en: String| findings.push(Finding::new("A5", zh, en));
    for name in FIELDS {
        let same: Vec<&Field> = fields.iter().filter(|field| field.name == name).collect();
        let near = fields.iter().find(|field| field.name != name && nearest(&field.name) == Some(name));
        match (same.as_slice(), near) {
            ([], Some(near)) => push(
                format!("Authorization中的 {} 写错了名称；应为 {name}。", written(near)),
                format!("The field {} in Authorization is misnamed; it is called {name}.", written(near)),
            ),
            ([], None) => {
                push(format!("Authorization缺少 {name}。"), format!("Authorization lacks the field {name}."))
            }
            // An empty serial number is C5.
            ([one], _) if one.value.is_empty() && name != "serial_no" => push(
                format!("Authorization中的 {name} 是空的。"),
                format!("The field {name} in Authorization is empty."),
            ),
            ([_], _) => {}
            _ => push(
                format!("Authorization中的 {name} 出现了两次。"),
                format!("The field {name} is in Authorization twice."),
            ),
        }
    }
    let known = |field: &&Field| FIELDS.contains(&field.name.as_str());
    for field in fields.iter().filter(|field| !known(field)) {
        let taken = |name: &str| fields.iter().any(|field| field.name == name);
        if nearest(&field.name).is_none_or(taken) {
            push(
                format!("Authorization中有多余的项 {}；只应有五项。", written(field)),
                format!("Authorization has the unknown field {}; there are only five.", written(field)),
            );
        }
    }
}

/// The field that a misspelt name means.
fn nearest(name: &str) -> Option<&'static str> {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    Some(match plain.as_str() {
        "mchid" | "mch" | "merchantid" | "mchno" | "spmchid" | "submchid" | "mchld" => "mchid",
        "noncestr" | "nonce" | "noncestring" | "nonestr" | "noncstr" | "random" => "nonce_str",
        "timestamp" | "time" | "timestr" | "timestemp" | "ts" | "timestmp" => "timestamp",
        "serialno" | "serial" | "serialnumber" | "serialnum" | "certserialno" | "serilno" | "seriano"
        | "sn" => "serial_no",
        "signature" | "sign" | "sig" | "signatrue" | "paysign" | "singature" => "signature",
        _ => return None,
    })
}
