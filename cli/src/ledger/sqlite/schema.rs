/// Says that a file is a ledger: `wxpl` in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x7778_706c;
/// The format of the tables. Whoever changes them counts it up.
pub(super) const FORMAT: i64 = 1;

/// The tables. Facts (`attempt`, `settlement`) are only ever added; what `intent` says of its standing follows from them.
///
/// Times are milliseconds in UTC, amounts are fen, ids are text.
pub(super) const TABLES: &str = "
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

/// The time by the clock of the database, for people only. What depends on a time gets it from the caller.
pub(super) const NOW: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
