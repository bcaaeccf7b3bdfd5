//! A campaign whose books are made up.

use wechatpay_cli::ledger::{
    Difference, DifferenceState, FlowFile, FlowKind, Imported, Ledger as _, LedgerError, Sent,
};
use wechatpay_core::bulk::Store as _;
use wechatpay_core::cashcoupons::{FlowRows, StockId};

use crate::common::{Kept, NOW, batch, began, plan, sent};

pub(crate) const STOCK: &str = "9865000";
/// When files are fetched: 2026-12-01T00:00:00+08:00.
pub(crate) const LATER: u64 = 1_796_054_400_000;

/// A redemption: coupon, transaction, yuan, time.
pub(crate) type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

/// A campaign `c` of a stock of coupons of 1 yuan. The coupons `1` to `3` were sent at [`NOW`], 2026-11-23T00:00:00+08:00,
/// and are used on that day.
pub(crate) struct Books {
    pub(crate) kept: Kept,
}

pub(crate) const USES: [Row<'static>; 3] = [
    ("1", "t1", "1.00", "2026-11-23 10:00:00"),
    ("2", "t2", "1.00", "2026-11-23 11:00:00"),
    ("3", "t3", "1.00", "2026-11-24 09:00:00"),
];

impl Books {
    /// What was sent, and nothing else.
    pub(crate) fn sent() -> Self {
        let mut kept = Kept::new();
        let plan = plan("c").face_value(wechatpay_core::types::Fen::new(100));
        kept.plan_with(&plan, "openid\no1\no2\no3\n", None).unwrap();
        let facts =
            (1..=3).flat_map(|intent| [(intent, began(1, NOW)), (intent, sent(1, &intent.to_string()))]);
        kept.holding().record(&batch(facts)).unwrap();
        Self { kept }
    }

    /// Books that are closed: each coupon is used, heard of and booked, and the stock says the same.
    pub(crate) fn closed() -> Self {
        let mut books = Self::sent();
        for (coupon, transaction, ..) in USES {
            books.callback(coupon, transaction, NOW + 36_000_000);
        }
        books.uses("", &USES);
        books.refunds("", &[]);
        books.stock(|_| {});
        books
    }

    pub(crate) fn callback(&self, coupon: &str, transaction: &str, at: u64) {
        self.kept.sql(&format!(
            "INSERT INTO use_seen(coupon_id, transaction_id, source, stock_id, at, received_at) \
             VALUES ('{coupon}', '{transaction}', 'callback', '{STOCK}', {at}, {at})"
        ));
    }

    /// Imports a file of redemptions: of a day, or of the whole stock (`""`).
    pub(crate) fn uses(&mut self, date: &str, rows: &[Row<'_>]) -> Imported {
        self.import(FlowKind::Use, date, &use_file(rows), LATER).unwrap()
    }

    /// Imports a file of refunds: coupon, transaction, yuan, number of the refund, time of the refund.
    pub(crate) fn refunds(&mut self, date: &str, rows: &[(&str, &str, &str, &str, &str)]) -> Imported {
        self.import(FlowKind::Refund, date, &refund_file(rows), LATER).unwrap()
    }

    pub(crate) fn import(
        &mut self,
        kind: FlowKind,
        date: &str,
        file: &str,
        fetched_at: u64,
    ) -> Result<Imported, LedgerError> {
        import(&mut self.kept, kind, date, file, fetched_at)
    }

    /// Keeps what WeChat Pay says of the stock.
    pub(crate) fn stock(&mut self, change: impl FnOnce(&mut serde_json::Value)) {
        let mut stock = serde_json::json!({
            "stock_id": STOCK, "status": "running", "distributed_coupons": 3, "no_cash": true,
            "available_begin_time": "2026-11-20T00:00:00+08:00",
            "available_end_time": "2026-11-30T23:59:59+08:00",
            "stock_use_rule": { "max_amount": 300, "max_coupons": 3 }
        });
        change(&mut stock);
        let id = StockId::from(STOCK);
        let before = self.kept.ledger.sent_of_stock(&id).unwrap();
        self.kept.ledger.keep_stock(&id, &stock.to_string(), before, LATER).unwrap();
    }

    /// Compares the books, and returns what is open: class and key.
    pub(crate) fn open(&mut self) -> Vec<String> {
        self.kept.ledger.reconcile("c", LATER).unwrap();
        let open = self.all().into_iter().filter(|it| it.state == DifferenceState::Open);
        open.map(|it| format!("{} {}", it.class, it.key)).collect()
    }

    pub(crate) fn all(&mut self) -> Vec<Difference> {
        let mut all = Vec::new();
        self.kept
            .ledger
            .differences("c", &mut |difference| {
                all.push(difference);
                Ok(())
            })
            .unwrap();
        all
    }

    pub(crate) fn sent_of_stock(&mut self) -> Sent {
        self.kept.ledger.sent_of_stock(&STOCK.into()).unwrap()
    }
}

pub(crate) fn import(
    kept: &mut Kept,
    kind: FlowKind,
    date: &str,
    file: &str,
    fetched_at: u64,
) -> Result<Imported, LedgerError> {
    use wechatpay_core::crypto::{HashAlgorithm, aws_lc_rs::PROVIDER};
    let sha1 = PROVIDER.hash(HashAlgorithm::Sha1, file.as_bytes()).unwrap();
    let date = (!date.is_empty()).then(|| date.parse().unwrap());
    let identity = FlowFile::new(kind, STOCK.into(), date, sha1, fetched_at);
    kept.ledger.import_flow(&identity, &mut FlowRows::new(file.as_bytes(), None))
}

pub(crate) fn use_file(rows: &[Row<'_>]) -> String {
    let lines = rows.iter().map(|(coupon, transaction, yuan, time)| {
        format!("`{STOCK},`{coupon},`{yuan},`{transaction},`{time}\r\n")
    });
    let head = "批次id,优惠id,优惠金额（元）,支付单号,消耗时间\r\n";
    format!("{head}{}总条数\r\n`{}\r\n", lines.collect::<String>(), rows.len())
}

pub(crate) fn refund_file(rows: &[(&str, &str, &str, &str, &str)]) -> String {
    let lines = rows.iter().map(|(coupon, transaction, yuan, number, time)| {
        format!("`{STOCK},`{coupon},`1.00,`{transaction},`2026-11-23 10:00:00,`{number},`{time},`{yuan}\r\n")
    });
    let head = "批次id,优惠id,优惠金额（元）,支付单号,消耗时间,退款单号,退款时间,退款优惠金额（元）\r\n";
    format!("{head}{}总条数\r\n`{}\r\n", lines.collect::<String>(), rows.len())
}
