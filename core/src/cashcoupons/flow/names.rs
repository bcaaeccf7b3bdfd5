//! The names of columns, however they are written.

/// A name as it is compared: without regard to case, white space, full-width or half-width characters, backticks,
/// quotes, hyphens and underscores, and without the brackets around it, in which the documentation writes some names.
/// Returns also whether it has the unit yuan. Any other unit is left in the name, so that the name is not a known one.
pub(super) fn comparable(name: &str) -> (String, bool) {
    let name: String = name.chars().filter_map(comparable_char).collect();
    let bare = without_brackets(&name);
    match bare.strip_suffix([')', ']']).and_then(|bare| bare.rsplit_once(['(', '['])) {
        Some((bare, unit)) if is_yuan(unit) => (without_brackets(bare).to_owned(), true),
        _ => (bare.to_owned(), false),
    }
}

fn comparable_char(char: char) -> Option<char> {
    let half_width = match char {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(char).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(char)
        }
        '【' => '[',
        '】' => ']',
        other => other,
    };
    match half_width {
        '`' | '"' | '\'' | '“' | '”' | '_' | '-' => None,
        // Marks of byte order and text direction, and invisible separators.
        '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' => None,
        blank if blank.is_whitespace() || blank.is_control() => None,
        other => Some(other.to_ascii_lowercase()),
    }
}

fn without_brackets(name: &str) -> &str {
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

fn is_yuan(unit: &str) -> bool {
    let unit = unit.strip_prefix("单位").unwrap_or(unit);
    matches!(unit.trim_start_matches(':'), "元" | "人民币" | "人民币元" | "rmb" | "cny" | "yuan")
}

/// Whether this can only be a value: a number, an amount or a time. Such a "name" is that of a file without header line.
pub(super) fn is_value(name: &str) -> bool {
    name.contains(|char: char| char.is_ascii_digit())
        && name.chars().all(|char| char.is_ascii_digit() || matches!(char, ' ' | '-' | ':' | '.' | '/' | '+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_however_they_are_written() {
        for name in [
            "批次id",
            "批次ID",
            "批次Id",
            "批次 id",
            " 批次\u{3000}id\t",
            "批次ｉｄ",
            "批次ＩＤ",
            "\u{feff}批次id",
            "`批次id",
            "\u{feff}`批次id",
            "｀批次id",
            "\"批次id\"",
            "'批次id'",
            "【批次id】",
            "[批次id]",
            "批次_id",
            "批次-ID",
            "批次\u{a0}id",
            "批次\u{200b}id",
        ] {
            assert_eq!(comparable(name), ("批次id".to_owned(), false), "{name:?}");
        }
        for name in [
            "优惠金额（元）",
            "优惠金额(元)",
            "优惠金额（元)",
            "优惠金额 （ 元 ）",
            "优惠金额【元】",
            "优惠金额[元]",
            "【优惠金额】（元）",
            "【优惠金额（元）】",
            "优惠金额（单位：元）",
            "优惠金额(单位:元)",
            "优惠金额(单位元)",
            "优惠金额（人民币）",
            "优惠金额（RMB）",
        ] {
            assert_eq!(comparable(name), ("优惠金额".to_owned(), true), "{name:?}");
        }
    }

    #[test]
    fn another_unit_or_addition_makes_another_name() {
        for name in [
            "优惠金额（分）",
            "优惠金额(单位:分)",
            "优惠金额（美元）",
            "优惠金额()",
            "优惠金额(USD)",
            "优惠金额2",
            "优惠金额（万元）",
        ] {
            let (compared, yuan) = comparable(name);
            assert!(compared != "优惠金额" && !yuan, "{name}: {compared}");
        }
    }

    #[test]
    fn values_are_no_names() {
        for value in ["15000005", "1.00", "-1.00", "2020-11-27 16:23:05", "2020/11/27"] {
            assert!(is_value(value), "{value}");
        }
        for name in ["", "批次id", "退款单号", "x", "col1", "-", "总条数", "2号列"] {
            assert!(!is_value(name), "{name}");
        }
    }
}
