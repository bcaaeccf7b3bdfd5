//! Which language people read.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;

/// The language of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language of a variable such as `LANG`, or of `--lang`: Chinese if it begins with `zh`.
    pub(crate) fn named(name: &str) -> Self {
        let name = name.trim();
        match name.get(..2).is_some_and(|name| name.eq_ignore_ascii_case("zh")) {
            true => Self::Zh,
            false => Self::En,
        }
    }

    /// The name in HTML.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

/// The language that is asked for: by the option, by a variable of this program, or by those of the system.
pub(crate) fn language(option: Option<Language>, variable: impl Fn(&str) -> Option<String>) -> Language {
    let named = ["WECHATPAY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| variable(name));
    option.or_else(|| Some(Language::named(&named?))).unwrap_or(Language::En)
}

/// A process has one language, as it has one locale: texts are made where no session is at hand.
static CHINESE: AtomicBool = AtomicBool::new(false);

/// Sets the language of this process.
pub(crate) fn speak(language: Language) {
    CHINESE.store(language == Language::Zh, Ordering::Relaxed);
}

/// The language of this process.
pub(crate) fn spoken() -> Language {
    if CHINESE.load(Ordering::Relaxed) { Language::Zh } else { Language::En }
}
