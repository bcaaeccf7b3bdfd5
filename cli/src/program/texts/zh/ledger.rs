//! The errors of the ledger and of lists, by their kind: their English texts are those of the library.

use wechatpay_cli::ledger::{LedgerError, StorageProblem};
use wechatpay_cli::list::{ListError, ListProblem};

use crate::program::texts::catalogue::chinese;
use crate::program::texts::zh::flow::flow_error;

/// The Chinese text of an error. `None` of one that is newer than this list.
pub(in crate::program::texts) fn ledger_error(error: &LedgerError) -> Option<String> {
    Some(match error {
        LedgerError::Bound { location, what, made_for, given } => format!(
            "账本 {location} 属于{} {made_for}，而不是 {given}：请使用另一个账本，或使用原来的设置",
            word(what)
        ),
        LedgerError::Foreign(location) => format!("{location} 不是账本：请选择其他路径"),
        LedgerError::Newer { location, format, known } => {
            format!("账本 {location} 的格式为 {format}，而本版本最高支持格式 {known}：请使用更新的版本")
        }
        LedgerError::Address { address, why } => format!("账本 {address}：{}", word(why)),
        LedgerError::WithoutPostgres(location) => {
            format!("{location}：本程序编译时未包含 PostgreSQL（feature `postgres`）")
        }
        LedgerError::InUse(location) => format!("另一个运行正在使用账本 {location}"),
        LedgerError::TakenOver => {
            "另一个运行已接管此活动，因此本次运行已结束：请只用一个名称访问账本，不要改动账本旁的文件"
                .to_owned()
        }
        LedgerError::Storage { location, problem, .. } => format!("{location}：{}", storage(*problem)?),
        LedgerError::Unreadable { intent, what } => {
            format!("账本中第 {intent} 项有内容无法读取：{what}；请执行 `ledger check`")
        }
        LedgerError::UnreadableCampaign { campaign, what } => {
            format!("账本中活动 {campaign:?} 有内容无法读取：{what}")
        }
        LedgerError::UnreadableNotification => "账本中有一条待转发的回调通知无法读取".to_owned(),
        LedgerError::Changed(intent) => {
            format!("第 {intent} 项在计划之后被改动，因此不发放；请执行 `ledger check`")
        }
        LedgerError::NoIntent(intent) => format!("活动中没有第 {intent} 项"),
        LedgerError::NoCampaign(name) => format!("账本中没有活动 {name:?}"),
        LedgerError::Name(problem) => format!("活动名称{}", word(problem)),
        LedgerError::OtherCampaign { campaign, field, planned, given } => format!(
            "活动 {campaign:?} 计划时的{}为 {planned}，而不是 {given}：请按原计划重复。换一个名称就是另一个活动，同样的用户会再得到一张\
             代金券",
            word(field)
        ),
        LedgerError::OtherUser { rows, count } => {
            let row = |(line, key): &(u64, Option<String>)| match key {
                Some(key) => format!("第 {line} 行（主键 {key:?}）"),
                None => format!("第 {line} 行"),
            };
            let shown = rows.iter().map(row).collect::<Vec<_>>().join("、");
            let more = if u64::try_from(rows.len()).is_ok_and(|rows| rows < *count) { "……" } else { "" };
            format!("{count} 行的主键在计划时对应另一个 openid：{shown}{more}")
        }
        LedgerError::List(error) => list_error(error)?,
        LedgerError::Row { line, error } => format!("第 {line} 行：{error}"),
        LedgerError::CouponTaken { coupon_id, intent } => format!("代金券 {coupon_id} 属于第 {intent} 项"),
        LedgerError::OneIntent(count) => format!("代金券 ID 只能用于一项，而选择了 {count} 项"),
        LedgerError::Flow(error) => flow_error(error)?,
        LedgerError::OtherStock { row, stock_id, given } => {
            format!("流水文件第 {row} 行属于批次 {stock_id}，而不是 {given}：这是另一个批次的文件")
        }
        LedgerError::OtherFlow { kind, stock_id, date } => {
            let kind = if kind == "refund" { "退款" } else { "核销" };
            let day = if date.is_empty() { "整个批次".to_owned() } else { format!("日期 {date}") };
            format!("此文件已导入过，是批次 {stock_id} 的{kind}流水文件（{day}）")
        }
        LedgerError::NotYet { kind, stock_id } => {
            let kind = if kind == "refund" { "退款" } else { "核销" };
            format!("批次 {stock_id} 尚无整个批次的{kind}流水文件：账本中已有应在其中的记录")
        }
        LedgerError::IsRefunds => "流水文件含有退款列：请作为退款文件导入".to_owned(),
        LedgerError::UnwritableRow(row) => format!("流水文件第 {row} 行无法保存"),
        LedgerError::NotTheStock(stock_id) => format!("要保存的内容不是批次 {stock_id} 的信息"),
        LedgerError::UnreadableSnapshot(stock_id) => {
            format!("账本中批次 {stock_id} 的信息无法读取；请执行 `ledger check`")
        }
        LedgerError::UnreadableDifference(id) => {
            format!("账本中的差异 {id} 无法读取；请执行 `ledger check`")
        }
        LedgerError::NoDifference(id) => format!("活动中没有未关闭的差异 {id}"),
        LedgerError::NoNote => "关闭差异必须附上说明原因的备注".to_owned(),
        LedgerError::NotFinal(rows) => {
            format!("其中 {rows} 行尚无最终结果，因此没有清除任何信息：请运行活动，或处理这些行")
        }
        LedgerError::NobodyToForget => {
            "必须指定清除哪些 openid：某个活动的、某个用户的，或某个时间之前的".to_owned()
        }
        LedgerError::Exists(path) => format!("{} 已存在，不会被覆盖", path.display()),
        LedgerError::Output(_) => "无法写入输出".to_owned(),
        LedgerError::Crypto(error) => format!("无法计算摘要：{error}"),
        LedgerError::WriterEnded => "写账本的线程已结束".to_owned(),
        _ => return None,
    })
}

fn storage(problem: StorageProblem) -> Option<&'static str> {
    Some(match problem {
        StorageProblem::Full => "磁盘已满：请清理空间，然后再次执行同一命令",
        StorageProblem::ReadOnly => "文件或其目录是只读的：账本及其目录必须可写",
        StorageProblem::Busy => "另一个程序锁定了它：请结束该程序，然后再次执行同一命令",
        StorageProblem::CannotOpen => {
            "无法打开该文件，或其旁边以 -wal、-shm 结尾的文件：其目录必须存在且可写"
        }
        StorageProblem::Damaged => "文件已损坏：请从备份恢复；在此之前无法安全发放",
        StorageProblem::Io => "读写失败：请检查磁盘、配额和限制，然后再次执行同一命令",
        StorageProblem::Unreachable => "无法连接数据库：请检查其地址以及是否在运行，然后再次执行同一命令",
        StorageProblem::Denied => "数据库拒绝此用户：请检查用户名、密码和权限",
        StorageProblem::Certificate => "不接受数据库的证书：请检查 sslmode 和 sslrootcert",
        StorageProblem::Other => "数据库出错",
        _ => return None,
    })
}

fn list_error(error: &ListError) -> Option<String> {
    let problem = match &error.problem {
        ListProblem::Io(_) => "无法读取名单".to_owned(),
        ListProblem::Encoding => {
            "不是 UTF-8 编码。如果名单来自 Excel，请另存为“CSV UTF-8”；GBK 文件可用 iconv 转换".to_owned()
        }
        ListProblem::Separator(separator) => format!("各列以{}分隔，而必须以逗号分隔", word(separator)),
        ListProblem::NoColumn => "首行中没有此列名".to_owned(),
        ListProblem::DuplicateColumn => "首行中此列名出现两次".to_owned(),
        ListProblem::NoName(column) => format!("首行中第 {column} 列没有名称"),
        ListProblem::Empty => "为空".to_owned(),
        ListProblem::TooLong { len, max } => format!("有 {len} 个字符，最多允许 {max} 个"),
        ListProblem::Character(what) => format!("包含{}", word(what)),
        ListProblem::Cells { found, expected } => {
            format!("此行有 {found} 个单元格，而首行有 {expected} 个列名")
        }
        ListProblem::OpenQuote => "此行有一个单元格以引号开头，但引号没有闭合".to_owned(),
        ListProblem::NoRows => "名单中没有数据行".to_owned(),
        _ => return None,
    };
    Some(match (error.line, &error.column) {
        (Some(line), Some(column)) => format!("第 {line} 行，{column} 列：{problem}"),
        (Some(line), None) => format!("第 {line} 行：{problem}"),
        (None, Some(column)) => format!("{column} 列：{problem}"),
        (None, None) => problem,
    })
}

/// A word of the library within an error.
fn word(english: &str) -> &str {
    chinese(english).unwrap_or(english)
}
