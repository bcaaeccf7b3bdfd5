//! English and Chinese.

use serde_json::json;

use crate::merchant::STOCK;
use crate::program::Program;

fn is_chinese(text: &str) -> bool {
    text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// Without the words that are Chinese in English texts, too.
fn help(program: &Program, line: &str) -> String {
    program.run(line).succeeded().stdout
}

#[test]
fn the_option_precedes_the_variables() {
    let chinese = "发券活动";
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, bool);
    let cases: [Case<'_>; 9] = [
        (&[], "--help", false),
        (&[], "--help --lang zh", true),
        (&[], "--lang=zh --help", true),
        (&[("LANG", "zh_CN.UTF-8")], "--help", true),
        (&[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "en_US.UTF-8")], "--help", false),
        (&[("LC_MESSAGES", "en_US.UTF-8"), ("LC_ALL", "zh_TW")], "--help", true),
        (&[("LC_ALL", "zh_CN"), ("WECHATPAY_LANG", "en")], "--help", false),
        (&[("LANG", "C"), ("WECHATPAY_LANG", "zh")], "--help", true),
        (&[("WECHATPAY_LANG", "zh")], "--help --lang en", false),
    ];
    for (variables, line, expected) in cases {
        let program =
            variables.iter().fold(Program::new(), |program, (name, value)| program.set(name, *value));
        assert_eq!(help(&program, line).contains(chinese), expected, "{variables:?} {line}");
    }
}

#[test]
fn a_variable_of_the_env_file_counts_as_one_of_the_environment() {
    let program = Program::new();
    program.write("zh.env", "WECHATPAY_LANG=zh\n");
    let shown = program.run("explain NOT_ENOUGH --env-file zh.env").succeeded().stdout;
    assert!(shown.contains("含义"), "{shown}");
    let shown = program.run("explain NOT_ENOUGH --env-file zh.env --lang en").succeeded().stdout;
    assert!(shown.contains("means"), "{shown}");
}

#[test]
fn the_help_of_every_command_is_chinese() {
    let program = Program::new();
    let mut left = vec![String::new()];
    let mut seen = 0;
    while let Some(command) = left.pop() {
        seen += 1;
        let help = help(&program, &format!("{command} --help --lang zh"));
        assert!(is_chinese(help.lines().next().unwrap()), "{command}: {help}");
        for english in ["Usage:", "Options:", "Arguments:", "Commands:", "Print help", "[default:"] {
            assert!(!help.contains(english), "{command}: {english}: {help}");
        }
        let Some((_, below)) = help.split_once("\n命令:\n") else { continue };
        let names = below.lines().take_while(|line| !line.is_empty());
        let names = names.filter_map(|line| line.trim_start().split(' ').next());
        // The sandbox is a program of its own.
        let names = names.filter(|name| !["help", "sandbox"].contains(name));
        left.extend(names.map(|name| format!("{command} {name}")));
    }
    assert!(seen > 30, "{seen} commands");
}

#[test]
fn what_programs_read_does_not_change_with_the_language() {
    let outputs = ["en", "zh"].map(|language| {
        let program = Program::new().set("WECHATPAY_LANG", language);
        program.write("users.csv", "openid\noAlice\noAlice\n");
        let plan = program.json(&format!("send plan users.csv --campaign c --stock {STOCK}"));
        assert_eq!(plan["warnings"].as_array().unwrap().len(), 1, "{plan}");
        let error = program.run("send status d --output json").failed(2).error();
        let usage = program.run("stock show --output json").failed(2).error();
        let explained = program.json("explain RULE_LIMIT");
        let unread =
            program.run(&format!("flow use {STOCK} --from users.csv --output json")).failed(2).error();
        let refused = program.run("trigger coupon.use x --output json").failed(2).error();
        json!([plan["warnings"], error, usage, explained, unread, refused])
    });
    assert_eq!(outputs[0], outputs[1]);
}

#[test]
fn a_campaign_in_chinese_has_the_same_numbers() {
    let program = Program::new().set("LANG", "zh_CN.UTF-8");
    program.write("users.csv", "openid\noAlice\noBob\n");
    let planned = program.run(&format!("send plan users.csv --campaign c --stock {STOCK}")).succeeded();
    assert!(planned.stdout.contains("全部      2.00 元"), "{planned:?}");
    let asked = program.run("send run c").failed(2);
    let what =
        format!("将在沙箱（SANDBOX）中发放批次 {STOCK} 的代金券，最多 2 张，每张 1.00 元，共 2.00 元。");
    assert!(asked.stderr.contains(&what), "{asked:?}");
    assert!(asked.stderr.contains(&format!("建议：请加上 --confirm {STOCK} 重新执行命令")), "{asked:?}");
    let ran = program.run(&format!("send run c --confirm {STOCK}")).succeeded();
    assert!(ran.stdout.contains("已发放  2 张，2.00 元") && ran.stdout.contains("已完成"), "{ran:?}");
    assert!(ran.stderr.starts_with("SANDBOX（沙箱）："), "{ran:?}");
    let missing = program.run("send status d").failed(2);
    assert_eq!(missing.stderr.lines().nth(1), Some("错误：账本中没有活动 \"d\""), "{missing:?}");
    program.write("wrong.csv", "openid\n \n");
    let wrong = program.run(&format!("send plan wrong.csv --campaign c --stock {STOCK}")).failed(2);
    assert!(wrong.stderr.contains("错误：第 2 行，openid 列：为空"), "{wrong:?}");
}

#[test]
fn a_wrong_command_line_is_named_in_chinese() {
    let program = Program::new().set("LANG", "zh_CN.UTF-8");
    for (line, says) in [
        ("stock show", "错误：缺少参数：<STOCK_ID>"),
        ("nothing", "错误：未知的命令 nothing"),
        ("stock show 1 --unknown", "错误：未知的参数 --unknown"),
        ("stock list --output xml", "错误：--output <FORM> 的值 xml 不在以下范围内：human, json, ndjson"),
        ("stock list --ledger", "错误：--ledger <PATH> 需要一个值"),
        ("-q -v stock list", "错误：--quiet 不能与 --verbose... 同时使用"),
        (
            "flow use 1 --date 2026-02-30",
            "错误：--date <DATE> 的值 2026-02-30 有误：不是 yyyy-MM-dd 格式的日期",
        ),
        ("stock budget 1 --to 5", "错误：--to <YUAN> 的值 5 有误：必须以元为单位并保留两位小数，例如 800.00"),
    ] {
        let ran = program.run(line).failed(2);
        assert_eq!(ran.stderr.lines().next(), Some(says), "{ran:?}");
        assert!(ran.stdout.is_empty() && ran.stderr.contains("更多信息请用 '--help' 查看。"), "{ran:?}");
    }
}

#[test]
fn callbacks_and_books_are_in_chinese() {
    let program = Program::new().set("LANG", "zh_CN.UTF-8");
    program.write("users.csv", "openid\noAlice\n");
    program.run(&format!("send plan users.csv --campaign c --stock {STOCK}")).succeeded();
    let planned = program.run("ledger forget --campaign c").failed(2);
    let why = "其中 1 行尚无最终结果，因此没有清除任何信息";
    assert!(planned.stderr.contains(why), "{planned:?}");
    program.run(&format!("send run c --confirm {STOCK}")).succeeded();
    assert_eq!(program.run("trigger coupon.use --campaign c").succeeded().stdout, "已核销 1 张代金券\n");
    let wrong = program.run("trigger coupon.use x").failed(2);
    assert!(wrong.stderr.contains("代金券 ID 必须全部为数字；未做任何操作"), "{wrong:?}");
    let truncated = program.run(&format!("flow use {STOCK} --from users.csv")).failed(2);
    assert!(truncated.stderr.contains("错误：流水文件在 1 行之后结束"), "{truncated:?}");
    let early = program.run(&format!("flow use {STOCK}")).failed(1);
    assert!(early.stderr.contains("错误：微信支付返回错误\n"), "{early:?}");
    let agreed = program.run("reconcile c --offline").succeeded();
    assert!(agreed.stdout.starts_with("就账本中已有的数据而言，账目一致\n未关闭：0；"), "{agreed:?}");
    let asked = program.run("ledger forget --campaign c").failed(2);
    assert!(asked.stderr.contains("将永久清除 1 行的 openid"), "{asked:?}");
    assert!(asked.stderr.contains("未清除任何信息"), "{asked:?}");
    let path = program.run("listen --path callback").failed(2);
    assert!(path.stderr.contains("必须是以 / 开头、不带查询参数的路径"), "{path:?}");
}
