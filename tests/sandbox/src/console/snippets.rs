//! Short programs for the page on how to connect.

/// Language, and what to write in it. A test compares them with `docs/sandbox.md`.
pub(crate) const SNIPPETS: [(&str, &str); 7] = [
    ("Go · wechatpay-go", include_str!("snippets/go.txt")),
    ("Java · wechatpay-java", include_str!("snippets/java.txt")),
    ("PHP · wechatpay-php", include_str!("snippets/php.txt")),
    ("Python · wechatpayv3", include_str!("snippets/python.txt")),
    ("Node · wechatpay-axios-plugin", include_str!("snippets/node.txt")),
    ("Rust · wechatpay-ureq", include_str!("snippets/rust.txt")),
    ("curl · OpenSSL", include_str!("snippets/shell.txt")),
];

/// The compose file.
pub(crate) const COMPOSE: &str = include_str!("snippets/compose.txt");
