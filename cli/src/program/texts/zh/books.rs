//! `flow`, `reconcile` and `ledger forget`; openids that were forgotten.

pub(in crate::program::texts) const BOOKS: &[(&str, &str)] = &[
    // flow
    ("Flow files: downloads them, and adds them to the ledger", "流水文件：下载，并导入账本"),
    ("The file of redemptions (核销明细)", "核销明细文件"),
    ("The file of refunds (退款明细)", "退款明细文件"),
    (
        "The file of this day in Beijing, such as 2026-11-23 [default: of the whole stock, after its end]",
        "此日（北京时间）的文件，例如 2026-11-23 [默认：整个批次的文件，批次结束之后才有]",
    ),
    ("is not a calendar date in the format yyyy-MM-dd", "不是 yyyy-MM-dd 格式的日期"),
    ("Adds it to the ledger", "导入账本"),
    ("Takes this file, and asks WeChat Pay nothing", "使用此文件，不向微信支付查询"),
    ("the file {path} cannot be read", "无法读取文件 {path}"),
    (
        "warning: the response with the link and the hash of this file was not signed, so nothing proves where it is from",
        "警告：给出此文件的下载地址和摘要的应答没有签名，因此无法证明文件的来源",
    ),
    (
        "nothing was kept: -o FILE writes the file, --import adds it to the ledger",
        "未保存任何内容：-o FILE 写入文件，--import 导入账本",
    ),
    (
        "before 10:00 in Beijing on the next day, the file of a day may lack rows: `reconcile` counts the day only if its file is imported again after that",
        "在次日北京时间 10:00 之前，单日的文件可能不完整：此后再次导入该日的文件，`reconcile` 才会计入该日",
    ),
    ("nothing: WeChat Pay says that there is no use", "没有：微信支付表示没有核销记录"),
    ("nothing: WeChat Pay says that there is no refund", "没有：微信支付表示没有退款记录"),
    ("use, {date}", "核销，{date}"),
    ("use, the whole stock", "核销，整个批次"),
    ("refund, {date}", "退款，{date}"),
    ("refund, the whole stock", "退款，整个批次"),
    ("{rows} rows", "{rows} 行"),
    ("imported", "已导入"),
    ("had it already", "此前已导入"),
    ("booked", "入账"),
    ("refunded", "退款"),
    ("file", "文件"),
    ("sha1", "SHA-1 摘要"),
    ("rows", "行数"),
    ("unreadable", "无法读取的行"),
    ("states", "文件声明"),
    ("written to", "写入文件"),
    ("ledger", "账本"),
    (
        "{date} must be before today in Beijing, within the last year, and within the time of the stock",
        "{date} 必须早于今天（北京时间），在最近一年之内，并在批次的有效期之内",
    ),
    (
        "the stock ends at {end}, and the file of the whole stock is there from {from} on; until then, --date DATE gets the file of a day",
        "批次于 {end} 结束，整个批次的文件从 {from} 起才有；在此之前，用 --date DATE 获取单日的文件",
    ),
    ("the flow file cannot be read", "无法读取流水文件"),
    ("{path} exists already, and is not overwritten", "{path} 已存在，不会被覆盖"),
    ("no file can be created beside {path}", "无法在 {path} 旁创建文件"),
    // reconcile
    (
        "Compares what was sent, used, booked and refunded, and names what does not agree",
        "对账：核对发放、核销、入账与退款，列出不一致之处",
    ),
    ("Compares what the ledger has, and asks WeChat Pay nothing", "只核对账本中已有的数据，不向微信支付查询"),
    (
        "Which open differences end with 6: such as R1,U3, or all, or none [default: all but information]",
        "哪些未关闭的差异使退出码为 6：例如 R1,U3，或 all，或 none [默认：除提示信息外的全部]",
    ),
    ("Shows those that are closed or gone, too", "同时显示已关闭或已消失的差异"),
    (
        "Closes an open difference: what it says is accepted. Can be repeated",
        "关闭一项未关闭的差异，表示接受其内容。可以重复",
    ),
    (
        "Why it is closed. It is kept in the ledger; do not write an openid into it",
        "关闭的原因，会保存在账本中；请勿写入 openid",
    ),
    ("must be all, none, or some of {names}", "必须是 all、none，或以下的一项或多项：{names}"),
    (
        "the campaign is stopped: WeChat Pay gave two coupons for one number",
        "活动已停止：微信支付对一个商户单据号发放了两张代金券",
    ),
    (
        "open: {open}; closed: {closed}; gone since the last time: {gone}",
        "未关闭：{open}；已关闭：{closed}；自上次以来消失：{gone}",
    ),
    ("the books agree as far as the ledger has them", "就账本中已有的数据而言，账目一致"),
    ("ID", "编号"),
    ("CLASS", "类别"),
    ("AGE", "时长"),
    ("WHAT", "内容"),
    ("information", "提示信息"),
    ("closed", "已关闭"),
    ("gone", "已消失"),
    ("{what} (closed: {note})", "{what}（已关闭：{note}）"),
    ("{meaning} (in the ledger: {sentence})", "{meaning}（账本记录：{sentence}）"),
    ("{minutes} min", "{minutes} 分钟"),
    ("{hours} h", "{hours} 小时"),
    ("{days} d", "{days} 天"),
    ("and {count} more: see --output ndjson", "另有 {count} 项：请用 --output ndjson 查看"),
    ("1 difference was closed", "已关闭 1 项差异"),
    ("{count} differences were closed", "已关闭 {count} 项差异"),
    // ledger forget
    (
        "Forgets openids, for good. Their rows still count, and get no second coupon",
        "永久清除 openid。对应的行仍计入统计，也不会再次发放",
    ),
    ("Only the rows of this campaign", "只处理此活动的行"),
    ("Only the rows of this user", "只处理此用户的行"),
    (
        "Only rows of which nothing was heard since 00:00 of this day in Beijing, such as 2026-11-23",
        "只处理自此日（如 2026-11-23）北京时间零点以来没有任何消息的行",
    ),
    (
        "How many rows are forgotten, as this command says without it",
        "清除的行数，不加此选项执行本命令时会显示",
    ),
    (
        "This will forget the openids and the other columns of {rows} rows, for good. No query can then find their coupons.",
        "将永久清除 {rows} 行的 openid 和其他列。之后无法再查询到这些行的代金券。",
    ),
    ("nothing was forgotten", "未清除任何信息"),
    ("the openids of {rows} rows were forgotten", "已清除 {rows} 行的 openid"),
    (
        "they may still be in the file that ends with -wal: end the programs that have the ledger open, and repeat this command",
        "这些信息可能仍在以 -wal 结尾的文件中：请结束打开此账本的程序，然后再次执行本命令",
    ),
    (
        "they may still be in former versions of rows until a VACUUM FULL of the tables intent, attempt, settlement, flow_row and notification, and in the database's log and backups",
        "这些信息可能仍在行的旧版本中，直到对表 intent、attempt、settlement、flow_row 和 notification 执行 VACUUM FULL；也可能仍在数据库的日志和备份中",
    ),
    (
        "backups, exports and lists that were made before still have them",
        "此前的备份、导出文件和名单中仍有这些信息",
    ),
    (
        "the openid of this row was forgotten, so its coupon cannot be looked at",
        "此行的 openid 已清除，因此无法查询其代金券",
    ),
];
