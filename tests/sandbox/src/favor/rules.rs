//! The core's texts about invalid fields, in Chinese, as the platform's answers are.

use wechatpay_core::types::FieldProblem;

/// Returns what is wrong with a field.
pub(crate) fn in_chinese(problem: &FieldProblem) -> String {
    match problem {
        FieldProblem::Empty => "不能为空".to_owned(),
        FieldProblem::DotSegment => "不能是“.”或“..”".to_owned(),
        FieldProblem::TooLong { len, max } => format!("最多{max}个字符，实际有{len}个"),
        FieldProblem::Character { character, allowed } => {
            let allowed = match *allowed {
                "letters, digits and | _ * -" => "只能包含字母、数字和“|_*-”",
                "all characters except _ , ; |" => "不能包含“_,;|”",
                _ => "不能包含表情等基本多文种平面以外的字符",
            };
            format!("含有字符“{}”，{allowed}", character.escape_default())
        }
        FieldProblem::Range { value, min, max } => format!("须在{min}到{max}之间，实际为{value}"),
        FieldProblem::TooSmall { value, min } => format!("不得小于{min}，实际为{value}"),
        FieldProblem::Timestamp => {
            "输入时间格式错误，应为RFC 3339格式，例如2015-05-20T13:29:35+08:00".to_owned()
        }
        FieldProblem::Rule(rule) => self::rule(rule),
        _ => "不符合规则".to_owned(),
    }
}

fn rule(rule: &str) -> String {
    if let Some((_, range)) = rule.split_once("entries; it must have between ") {
        return format!("须有{}项", range.replace(" and ", "到"));
    }
    let chinese = match rule {
        "must be NORMAL; no other type is available" => "只能是NORMAL",
        "must not be before available_begin_time" => "不得早于available_begin_time",
        "must be after available_begin_time" => "须晚于available_begin_time",
        "must be at most 90 days after available_begin_time" => "距available_begin_time不得超过90天",
        "must not be in the past" => "不得早于当前时间",
        "must be at most 365 days in the future" => "距当前时间不得超过365天",
        "must be at most max_coupons" => "不得大于max_coupons",
        "must be at most max_amount" => "不得大于max_amount",
        "must be at most 100 000 000 yuan" => "不得超过1亿元",
        "must be more than 1 fen" => "须大于1分",
        "must be at most 1000 yuan" => "不得超过1000元",
        "must be more than coupon_amount" => "须大于coupon_amount",
        "is required" | "is required for a NORMAL stock" => "必填",
        "is required when jump_target is MINI_PROGRAM" => "jump_target为MINI_PROGRAM时必填",
        "must have at most one entry" => "最多1项",
        "must have entries of 6 to 9 digits" => "每项须为6到9位数字",
        "is not available yet (暂未开放) and must not be set" => "暂未开放",
        // The only rule with both names.
        rule if rule.contains("coupon_amount × max_coupons") => "须等于coupon_amount×max_coupons",
        _ => "不符合规则",
    };
    chinese.to_owned()
}
