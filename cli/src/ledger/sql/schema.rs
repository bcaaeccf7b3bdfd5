/// The format of the tables. Whoever changes them counts it up, and says in [`SINCE`] what is new.
pub(in crate::ledger) const FORMAT: i64 = 2;

/// What each format has more than the one before it.
pub(in crate::ledger) const SINCE: [&str; 2] = [CAMPAIGNS, BOOKS];

/// Campaigns and what was sent. Facts (`attempt`, `settlement`) are only ever added; what `intent` says of its standing
/// follows from them.
///
/// Times are milliseconds in UTC, amounts are fen, ids are text. Written for SQLite; PostgreSQL takes it with other words
/// for types and keys.
const CAMPAIGNS: &str = "
CREATE TABLE meta(
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    stock_id TEXT NOT NULL,
    creator TEXT NOT NULL,
    appid TEXT NOT NULL,
    face_fen INTEGER,
    columns TEXT NOT NULL,     -- a JSON list of names
    key_column TEXT,           -- NULL: the openid is the key
    created_at INTEGER NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0,
    stop TEXT,                 -- why it stopped, as JSON
    stopped_at INTEGER,
    health TEXT                -- the state of its breakers, as JSON
) STRICT;

CREATE TABLE intent(
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaign(id),
    key TEXT,                  -- NULL: the openid is the key
    ordinal INTEGER NOT NULL,
    openid TEXT NOT NULL,
    lane INTEGER NOT NULL,
    out_request_no TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    others TEXT,               -- a JSON list of the other cells; NULL: there are none
    standing TEXT NOT NULL DEFAULT 'planned' CHECK(standing IN
        ('planned', 'sending', 'retry', 'sent', 'refused', 'doubtful', 'cancelled')),
    retry_at INTEGER,
    maybe INTEGER NOT NULL DEFAULT 0,
    coupon_id TEXT
) STRICT;

CREATE INDEX intent_standing ON intent(campaign, standing);

CREATE TABLE attempt(
    intent INTEGER NOT NULL REFERENCES intent(id),
    n INTEGER NOT NULL,
    began_at INTEGER NOT NULL, -- 0: only its end is known
    ended_at INTEGER,
    verdict TEXT,              -- as JSON
    http INTEGER,
    code TEXT,
    internal_code TEXT,
    request_id TEXT,
    text TEXT,
    PRIMARY KEY(intent, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE settlement(
    id INTEGER PRIMARY KEY,
    intent INTEGER NOT NULL REFERENCES intent(id),
    at INTEGER NOT NULL,
    fact TEXT NOT NULL,        -- as JSON
    who TEXT,                  -- NULL: the sender
    note TEXT
) STRICT;

CREATE INDEX settlement_intent ON settlement(intent);

CREATE TABLE audit(
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    command TEXT NOT NULL,
    arguments TEXT NOT NULL
) STRICT;
";

/// What is heard of the coupons later: callbacks, flow files, and what does not agree.
const BOOKS: &str = "
CREATE TABLE notification(
    n INTEGER PRIMARY KEY,     -- the order in which they arrived
    id TEXT NOT NULL UNIQUE,
    received_at INTEGER NOT NULL,
    created_at TEXT,           -- as received
    event_type TEXT NOT NULL,
    resource TEXT NOT NULL,    -- the decrypted resource, as JSON
    stock_id TEXT,
    coupon_id TEXT,
    original TEXT,             -- as JSON, until it is forwarded: the headers and the body as received
    forward_at INTEGER,        -- when it is to be forwarded next; NULL: not, or not any more
    forward_failures INTEGER NOT NULL DEFAULT 0,
    forwarded_at INTEGER       -- when the receiver of forwarded callbacks took it
) STRICT;

CREATE INDEX notification_forward ON notification(forward_at) WHERE forward_at IS NOT NULL;

CREATE TABLE use_seen(
    coupon_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL, -- '': the callback has none
    source TEXT NOT NULL CHECK(source IN ('callback', 'flow')),
    stock_id TEXT,
    at INTEGER,                -- when the coupon was used
    at_text TEXT,              -- the same, as received
    fen INTEGER,               -- by how much the coupon reduced the price
    received_at INTEGER NOT NULL,
    PRIMARY KEY(coupon_id, transaction_id, source)
) STRICT;

CREATE TABLE refund_seen(
    coupon_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    refund_id TEXT NOT NULL,   -- its number, or its time and amount if the file has no numbers
    stock_id TEXT NOT NULL,
    at INTEGER,                -- when it was refunded
    at_text TEXT,              -- the same, as received
    fen INTEGER,               -- how much of the discount was refunded
    used_at INTEGER,           -- when the coupon was used
    received_at INTEGER NOT NULL,
    PRIMARY KEY(coupon_id, transaction_id, refund_id)
) STRICT;

CREATE TABLE flow_file(
    sha1 TEXT NOT NULL,        -- '': no file, because WeChat Pay says that there was nothing
    kind TEXT NOT NULL CHECK(kind IN ('use', 'refund')),
    stock_id TEXT NOT NULL,
    bill_date TEXT NOT NULL,   -- '': the whole stock
    day INTEGER,               -- bill_date in days since 1970; NULL: the whole stock
    rows INTEGER NOT NULL,
    unread INTEGER NOT NULL,   -- of these, those that have a problem
    expected_rows INTEGER,     -- the total that the file states
    fetched_at INTEGER NOT NULL, -- when WeChat Pay last gave this file
    PRIMARY KEY(sha1, kind, stock_id, bill_date)
) STRICT;

CREATE TABLE flow_row(
    kind TEXT NOT NULL,
    stock_id TEXT NOT NULL,
    bill_date TEXT NOT NULL,
    sha1 TEXT NOT NULL,
    line INTEGER NOT NULL,
    coupon_id TEXT,
    transaction_id TEXT,
    refund_id TEXT,            -- of a refund
    fen INTEGER,
    at INTEGER,                -- of the use, or of the refund
    at_text TEXT,
    problem TEXT,              -- why it could not be read as a whole
    raw TEXT NOT NULL,         -- the whole row, as JSON
    PRIMARY KEY(kind, stock_id, bill_date, sha1, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX flow_row_use ON flow_row(coupon_id, transaction_id);

CREATE TABLE stock_snapshot(
    id INTEGER PRIMARY KEY,
    stock_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    stock TEXT NOT NULL,       -- as received, JSON
    least INTEGER NOT NULL,    -- the coupons that the ledger had sent before it was asked for
    most INTEGER NOT NULL      -- those that it may have sent when the answer was there
) STRICT;

CREATE INDEX stock_snapshot_stock ON stock_snapshot(stock_id, at);

CREATE TABLE difference(
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaign(id),
    class TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    gone_at INTEGER,           -- when it was first not there any more
    closed_at INTEGER,
    note TEXT,
    who TEXT,
    UNIQUE(campaign, class, key)
) STRICT;

CREATE INDEX intent_coupon ON intent(coupon_id);

-- Then the openid is its SHA-256, and so is the key if it was the openid.
ALTER TABLE intent ADD COLUMN forgotten_at INTEGER;

CREATE INDEX notification_coupon ON notification(coupon_id);
";
