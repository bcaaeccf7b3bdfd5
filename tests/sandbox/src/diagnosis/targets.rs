//! Mistakes in the target (G1 to G12).

use http::header::HOST;
use percent_encoding::percent_decode_str;

use crate::diagnosis::case::Case;
use crate::diagnosis::encodings::{ENCODINGS, Encoding};
use crate::diagnosis::shapes::permutations;
use crate::diagnosis::variation::{Mistake, Variation, Variations};

const NO_QUERY: Mistake = Mistake(
    "G1",
    "签名的URL缺少查询参数（query）；应签名路径加上问号和完整的查询串，与实际发送的一致。",
    "The signed URL lacks the query, or a part of it; sign the path with ? and the whole query, exactly as sent.",
);
const EMPTY_QUERY: Mistake = Mistake(
    "G2",
    "签名的URL与实际发送的在空的查询串（query）上不同：问号或空的参数只在其中一处。",
    "The signed URL and the sent one differ in an empty query: a ? or an empty parameter is in one of them only.",
);
const FULL_URL: Mistake = Mistake(
    "G3",
    "签名用了完整的URL；应去掉协议和域名，只签名路径和查询串。",
    "The full URL was signed; leave out scheme and host, and sign path and query only.",
);
const NO_SLASH: Mistake =
    Mistake("G4", "签名的URL路径缺少开头的斜杠 /。", "The path in the signed URL lacks its leading slash /.");
const DECODED: Mistake = Mistake(
    "G5",
    "签名的URL是解码后的；应签名实际发送的、经过百分号编码的URL。",
    "The signed URL is decoded; sign the percent-encoded URL that is sent.",
);
const ENCODED: Mistake = Mistake(
    "G6",
    "签名的URL中有百分号编码（如 : 编码为 %3A，或整体多编码一次），而实际发送的URL中没有；应签名实际发送的URL。",
    "Characters that were sent as they are, such as : or %, are percent-encoded in the signed URL; sign the URL that is sent.",
);
const SPACE: Mistake = Mistake(
    "G7",
    "签名的URL与实际发送的在空格或加号的编码上不同（%20、+、%2B）。",
    "The signed URL and the sent one encode a space or plus sign differently (%20, +, %2B); sign the URL that is sent.",
);
const ORDER: Mistake = Mistake(
    "G8",
    "签名的URL中查询参数（query）的顺序与实际发送的不同。",
    "The query parameters are in another order in the signed URL than in the one that was sent.",
);
const CASE: Mistake = Mistake(
    "G9",
    "签名的URL大小写与实际发送的不同（如路径被转为小写）；openid等区分大小写。",
    "The signed URL differs in upper and lower case from the one that was sent, for example a path in lower case; an openid is case-sensitive.",
);
const PREFIX: Mistake = Mistake(
    "G10",
    "签名的URL路径的前缀与收到的不同（如代理或网关的前缀）；应签名微信支付收到的路径，以 /v3 开头。",
    "The path in the signed URL has another prefix than the one that arrived, such as that of a proxy; sign the path that WeChat Pay receives, which begins with /v3.",
);
const PLACEHOLDER: Mistake = Mistake(
    "G11",
    "签名的URL中还有未替换的占位符（如 {stock_id}）；应先代入参数值再签名。",
    "The signed URL still has a placeholder such as {stock_id}; insert the value before signing.",
);
const NORMALISED: Mistake = Mistake(
    "G12",
    "签名的URL与实际发送的写法不同（规范化：多余或缺少的斜杠、点段、%2F与%2f、片段 #）。",
    "The signed URL is a normalised form of the one that was sent, or the reverse: slashes, dot segments, %2F or %2f, a fragment.",
);

/// Prefixes that proxies and gateways have.
const PREFIXES: [&str; 20] = [
    "/api",
    "/wechat",
    "/wechatpay",
    "/wxpay",
    "/weixin",
    "/wx",
    "/pay",
    "/proxy",
    "/gateway",
    "/mch",
    "/payment",
    "/api-weixin",
    "/wechat-pay",
    "/weixinpay",
    "/tenpay",
    "/sandbox",
    "/mock",
    "/hk",
    "/global",
    "/v3",
];
/// Headers in which a proxy tells the original path or its prefix.
const PREFIX_HEADERS: [&str; 7] = [
    "x-forwarded-prefix",
    "x-forwarded-path",
    "x-forwarded-uri",
    "x-original-uri",
    "x-original-url",
    "x-rewrite-url",
    "x-envoy-original-path",
];

/// All variations of the target, the most likely ones first.
pub(crate) fn targets(case: &Case<'_>) -> Vec<Variation> {
    let target = case.target;
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let with_query = |path: &str| query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut variations = Variations::of(target.as_bytes());
    if query.is_some_and(|query| !query.is_empty()) {
        variations.push(path, NO_QUERY);
    }
    variations.push(path, EMPTY_QUERY);
    variations.push(format!("{path}?"), EMPTY_QUERY);
    hosts(case, &mut variations, target, path);
    variations.push(target.trim_start_matches('/'), NO_SLASH);
    if let Some(decoded) = decode(target, false) {
        variations.push(decoded, DECODED);
    }
    if let Some(decoded) = decode(target, true) {
        variations.push(decoded, DECODED);
    }
    encoded(&mut variations, target, path, query);
    variations.push(target.to_ascii_lowercase(), CASE);
    variations.push(with_query(&path.to_ascii_lowercase()), CASE);
    if let Some(query) = query {
        parameters(&mut variations, path, query);
        variations.push(format!("{path}?{}", query.to_ascii_lowercase()), CASE);
    }
    placeholders(case, &mut variations, path, query);
    slashes(&mut variations, path, query);
    segments_in_lower_case(&mut variations, path, query);
    variations.push(target.to_ascii_uppercase(), CASE);
    prefixes(case, &mut variations, target, path);
    variations.list
}

fn hosts(case: &Case<'_>, variations: &mut Variations<'_>, target: &str, path: &str) {
    let host = case.header(HOST.as_str()).unwrap_or_default();
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    for host in [
        host,
        "api.mch.weixin.qq.com",
        bare,
        "api2.mch.weixin.qq.com",
        "api2.wechatpay.cn",
        "api.wechatpay.cn",
    ] {
        if host.is_empty() {
            continue;
        }
        for scheme in ["https://", "http://", "//", ""] {
            variations.push(format!("{scheme}{host}{target}"), FULL_URL);
            variations.push(format!("{scheme}{host}{path}"), FULL_URL);
        }
    }
}

fn encoded(variations: &mut Variations<'_>, target: &str, path: &str, query: Option<&str>) {
    let swap = |from: &str, to: &str| query.map(|query| format!("{path}?{}", query.replace(from, to)));
    for (from, to) in [
        ("%20", "+"),
        ("+", "%20"),
        ("+", "%2B"),
        ("%2B", "+"),
        ("%2B", "%20"),
        ("%2B", " "),
        ("+", " "),
        ("%20", " "),
        (" ", "+"),
        ("%20", "%2B"),
    ] {
        if let Some(swapped) = swap(from, to) {
            variations.push(swapped, SPACE);
        }
        variations.push(target.replace(from, to), SPACE);
    }
    let again = |text: &str| text.replace('%', "%25");
    let query_of = |query: &str| format!("{path}?{query}");
    variations.push(again(target), ENCODED);
    variations.push(again(path) + &query.map(|query| format!("?{query}")).unwrap_or_default(), ENCODED);
    if let Some(query) = query {
        variations.push(query_of(&again(query)), ENCODED);
    }
    some_escapes(variations, target);
    let paths: Vec<String> = ENCODINGS.iter().filter_map(|encoding| recode_path(path, encoding)).collect();
    let queries: Vec<String> =
        ENCODINGS.iter().filter_map(|encoding| recode_query(query?, encoding)).collect();
    let mut push = |path: &str, query: Option<&str>| {
        let value = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let mistake = classify(target, &value);
        variations.push(value, mistake);
    };
    for query in &queries {
        push(path, Some(query));
    }
    for path in &paths {
        push(path, query);
        for query in &queries {
            push(path, Some(query));
        }
    }
    for encoding in &ENCODINGS {
        variations.push(encoding.encode(target.as_bytes()), ENCODED);
    }
}

/// Characters that are encoded in one of the URLs and not in the other, in all combinations of the first ones.
fn some_escapes(variations: &mut Variations<'_>, target: &str) {
    let escape = |at: usize| target.get(at..at.saturating_add(3));
    let mut escapes: Vec<&str> = target.match_indices('%').filter_map(|(at, _)| escape(at)).collect();
    escapes.sort_unstable();
    escapes.dedup();
    escapes.truncate(5);
    let mut changed = vec![target.to_owned()];
    for escape in escapes {
        let Some(plain) = decode(escape, false).filter(|plain| plain != escape) else { continue };
        let more: Vec<String> = changed.iter().map(|text| text.replace(escape, &plain)).collect();
        changed.extend(more);
    }
    for plain in "!'()*,:;@$/|~[] ".chars() {
        let path = target.find(plain).filter(|_| plain != '/' || target.contains('?'));
        if path.is_some() {
            let encoded = ENCODINGS.first().map(|encoding| encoding.encode(plain.to_string().as_bytes()));
            let encoded = encoded.unwrap_or_default();
            match target.split_once('?') {
                Some((path, query)) => changed.push(format!("{path}?{}", query.replace(plain, &encoded))),
                None => changed.push(target.replace(plain, &encoded)),
            }
        }
    }
    for value in changed {
        let mistake = classify(target, &value);
        variations.push(value, mistake);
    }
}

/// Which mistake leads to another encoding of the same target.
fn classify(sent: &str, signed: &str) -> Mistake {
    let spaces =
        |text: &str| text.replace("%20", " ").replace('+', " ").replace("%2B", " ").replace("%2b", " ");
    let escapes = |text: &str| text.matches('%').count();
    if sent.eq_ignore_ascii_case(signed) {
        NORMALISED
    } else if spaces(sent) == spaces(signed) {
        SPACE
    } else if escapes(signed) < escapes(sent) {
        DECODED
    } else {
        ENCODED
    }
}

fn decode(text: &str, plus: bool) -> Option<String> {
    let text = if plus { text.replace('+', " ") } else { text.to_owned() };
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

fn recode_path(path: &str, encoding: &Encoding) -> Option<String> {
    let segments = path.split('/').map(|segment| Some(encoding.encode(decode(segment, false)?.as_bytes())));
    Some(segments.collect::<Option<Vec<_>>>()?.join("/"))
}

fn recode_query(query: &str, encoding: &Encoding) -> Option<String> {
    let recode = |text: &str| Some(encoding.encode(decode(text, true)?.as_bytes()));
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => Some(format!("{}={}", recode(name)?, recode(value)?)),
        None => recode(pair),
    };
    Some(query.split('&').map(pair).collect::<Option<Vec<_>>>()?.join("&"))
}

/// Parameters in another order, and some of them.
fn parameters(variations: &mut Variations<'_>, path: &str, query: &str) {
    let all: Vec<&str> = query.split('&').collect();
    let with = |parameters: &[&str]| format!("{path}?{}", parameters.join("&"));
    let mut sorted = all.clone();
    sorted.sort_unstable();
    variations.push(with(&sorted), ORDER);
    variations.push(with(&all.iter().rev().copied().collect::<Vec<_>>()), ORDER);
    for left_out in 0..all.len().min(20) {
        let rest: Vec<&str> =
            all.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, one)| *one).collect();
        if !rest.is_empty() {
            variations.push(with(&rest), NO_QUERY);
        }
        let only = all.get(left_out).copied().into_iter().collect::<Vec<_>>();
        variations.push(with(&only), NO_QUERY);
    }
    let filled: Vec<&str> = all
        .iter()
        .copied()
        .filter(|one| one.split_once('=').is_some_and(|(_, value)| !value.is_empty()))
        .collect();
    let mistake = EMPTY_QUERY;
    variations.push(if filled.is_empty() { path.to_owned() } else { with(&filled) }, mistake);
    if all.len() <= 5 {
        for order in permutations(&all) {
            variations.push(with(&order), ORDER);
        }
    }
}

fn placeholders(case: &Case<'_>, variations: &mut Variations<'_>, path: &str, query: Option<&str>) {
    let query_part = query.map(|query| format!("?{query}")).unwrap_or_default();
    let forms: [fn(&str) -> String; 7] = [
        |name| format!("{{{name}}}"),
        |name| format!(":{name}"),
        |name| format!("${{{name}}}"),
        |name| format!("{{{{{name}}}}}"),
        |name| format!("%7B{name}%7D"),
        |_| "{}".to_owned(),
        |_| "%s".to_owned(),
    ];
    for form in forms {
        let named = query.map(|query| {
            let pair = |pair: &str| {
                let name = pair.split('=').next().unwrap_or_default();
                format!("{name}={}", form(name))
            };
            format!("?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
        });
        if let Some(named) = &named {
            variations.push(format!("{path}{named}"), PLACEHOLDER);
        }
        let Some(template) = case.template.filter(|template| template.contains('{')) else { continue };
        let name = |part: &str| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned());
        let parts: Vec<(&str, Option<String>)> = path.split('/').zip(template.split('/').map(name)).collect();
        let replaced = |only: Option<usize>| {
            let mut number = 0_usize;
            let part = |(sent, name): &(&str, Option<String>)| match name {
                Some(name) => {
                    number = number.saturating_add(1);
                    if only.is_none_or(|only| only == number) { form(name) } else { (*sent).to_owned() }
                }
                None => (*sent).to_owned(),
            };
            parts.iter().map(part).collect::<Vec<_>>().join("/")
        };
        for only in [None, Some(1), Some(2)] {
            variations.push(format!("{}{query_part}", replaced(only)), PLACEHOLDER);
            variations.push(replaced(only), PLACEHOLDER);
        }
        if let Some(named) = named {
            variations.push(format!("{}{named}", replaced(None)), PLACEHOLDER);
        }
    }
}

fn slashes(variations: &mut Variations<'_>, path: &str, query: Option<&str>) {
    let query_part = query.map(|query| format!("?{query}")).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let mut plain: Vec<&str> = Vec::new();
    for segment in &segments {
        match *segment {
            "." => {}
            ".." => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    let tidy_query =
        |query: &str| query.split('&').filter(|one| !one.is_empty()).collect::<Vec<_>>().join("&");
    for other in [
        format!("{path}/"),
        path.trim_end_matches('/').to_owned(),
        format!("/{path}"),
        format!("/{}", segments.iter().filter(|one| !one.is_empty()).copied().collect::<Vec<_>>().join("/")),
        plain.join("/"),
        path.replace("%2F", "/").replace("%2f", "/"),
        path.replace("%7E", "~").replace("%7e", "~"),
        path.replace('~', "%7E"),
    ] {
        variations.push(format!("{other}{query_part}"), NORMALISED);
    }
    let hex = |upper: bool| {
        let mut out = String::new();
        let mut digits = 0_u8;
        for c in format!("{path}{query_part}").chars() {
            out.push(match (digits, upper) {
                (0, _) => c,
                (_, true) => c.to_ascii_uppercase(),
                (_, false) => c.to_ascii_lowercase(),
            });
            digits = if c == '%' { 2 } else { digits.saturating_sub(1) };
        }
        out
    };
    variations.push(hex(true), NORMALISED);
    variations.push(hex(false), NORMALISED);
    if let Some(query) = query {
        variations.push(format!("{path}?{}", tidy_query(query)), NORMALISED);
        variations.push(format!("{path}?{query}&"), NORMALISED);
        variations.push(format!("{path}?&{query}"), NORMALISED);
        variations.push(format!("{path}/?{query}"), NORMALISED);
    }
    variations.push(format!("{path}{query_part}#"), NORMALISED);
    variations.push(format!("{path}{query_part} "), NORMALISED);
}

fn segments_in_lower_case(variations: &mut Variations<'_>, path: &str, query: Option<&str>) {
    let query_part = query.map(|query| format!("?{query}")).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    for chosen in 0..segments.len().min(20) {
        let change = |upper: bool| {
            let part = |(at, one): (usize, &&str)| match (at == chosen, upper) {
                (false, _) => (*one).to_owned(),
                (true, true) => one.to_ascii_uppercase(),
                (true, false) => one.to_ascii_lowercase(),
            };
            segments.iter().enumerate().map(part).collect::<Vec<_>>().join("/")
        };
        variations.push(format!("{}{query_part}", change(false)), CASE);
        variations.push(format!("{}{query_part}", change(true)), CASE);
    }
}

fn prefixes(case: &Case<'_>, variations: &mut Variations<'_>, target: &str, path: &str) {
    if let Some(rest) = target.strip_prefix("/v3") {
        variations.push(rest, PREFIX);
    }
    for header in PREFIX_HEADERS {
        if let Some(value) = case.header(header) {
            variations.push(value, PREFIX);
            variations.push(format!("{}{target}", value.trim_end_matches('/')), PREFIX);
        }
    }
    for prefix in PREFIXES {
        variations.push(format!("{prefix}{target}"), PREFIX);
        variations.push(format!("{prefix}{path}"), PREFIX);
    }
}
