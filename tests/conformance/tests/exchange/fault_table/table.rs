//! The rows of the table.

use Case::*;

/// What is sent, and where things stand. Three attempts of a second are made within five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// A coupon of a running stock. Idempotent.
    Coupon,
    /// The same while the stock was not started yet, so that the platform refuses it.
    Refused,
    /// The same; the merchant knows a certificate that the platform has replaced by another.
    Rotated,
    /// The same, and the merchant has no APIv3 key to fetch it with.
    RotatedNoApiV3Key,
    /// Stopping a stock, with certificates as in `Rotated`.
    RotatedStop,
    /// Stopping a stock that was not started. Not documented to be idempotent.
    Stop,
    /// Creating a platform favor. Not documented to be idempotent.
    Favor,
    /// A coupon when there is nobody at the main host, and no backup host.
    Nobody,
    /// A coupon when there is nobody at either.
    NobodyAnywhere,
    /// A coupon when there is nobody at the main host, but at the backup host.
    Backup,
    /// Stopping a stock at such hosts.
    BackupStop,
    /// A coupon when there is nobody at the backup host.
    NoBackup,
}

/// The case; the faults that its requests meet, one each; how it ends; how many requests reach the platform, those for
/// its certificates included; how many coupons (platform favors, stopped stocks) there are in the end.
pub(super) type Row = (Case, &'static str, &'static str, u64, usize);

#[rustfmt::skip] // One line a row.
pub(super) const TABLE: &[Row] = &[
    // Nothing goes wrong.
    (Coupon, "", "ok", 1, 1),
    (Coupon, "delay milliseconds=5", "ok", 1, 1),
    (Coupon, "drip milliseconds=1", "ok", 1, 1),
    (Refused, "", "Rejected: 403 REQUEST_BLOCKED", 1, 0),

    // No whole answer comes: sending the identical request again finds the coupon, or makes it.
    (Coupon, "close_before", "ok", 2, 1),
    (Coupon, "close_after", "ok", 2, 1),
    (Coupon, "truncate", "ok", 2, 1),
    (Coupon, "wrong_length", "ok", 2, 1),
    (Coupon, "never_answers", "ok", 2, 1),
    (Coupon, "never_answers acted=false", "ok", 2, 1),
    (Coupon, "delay milliseconds=5000", "ok", 2, 1),
    (Coupon, "drip milliseconds=200", "ok", 2, 1),
    (Coupon, "close_before, close_before", "ok", 3, 1),
    (Coupon, "close_after, close_before", "ok", 3, 1),
    (Coupon, "truncate, close_after", "ok", 3, 1),
    // To the last attempt: whoever reads only that one would think that nothing happened.
    (Coupon, "close_before, close_before, close_before", "Unknown: no answer", 3, 0),
    (Coupon, "close_after, close_after, close_after", "Unknown: no answer", 3, 1),
    (Coupon, "close_after, close_before, close_before", "Unknown: no answer", 3, 1),
    (Coupon, "never_answers, close_before, truncate", "Unknown: no answer", 3, 1),

    // The platform is busy or out of order.
    (Coupon, "rate_limited retry_after=0", "ok", 2, 1),
    (Coupon, "rate_limited", "ok", 2, 1),
    (Coupon, "rate_limited retry_after=5", "Unknown: 429 FREQUENCY_LIMIT_EXCEED", 1, 0),
    (Coupon, "rate_limited retry_after=86400", "Unknown: 429 FREQUENCY_LIMIT_EXCEED", 1, 0),
    (Coupon, "close_after, rate_limited retry_after=86400", "Unknown: 429 FREQUENCY_LIMIT_EXCEED", 2, 1),
    (Coupon, "system_error", "ok", 2, 1),
    (Coupon, "system_error acted=true", "ok", 2, 1),
    (Coupon, "bad_gateway", "ok", 2, 1),
    (Coupon, "bad_gateway acted=true", "ok", 2, 1),
    (Coupon, "unavailable", "ok", 2, 1),
    (Coupon, "unavailable acted=true", "ok", 2, 1),
    (Coupon, "accepted", "ok", 2, 1),
    (Coupon, "accepted acted=true", "ok", 2, 1),
    (Coupon, "system_error, bad_gateway", "ok", 3, 1),
    (Coupon, "rate_limited retry_after=0, close_after", "ok", 3, 1),
    (Coupon, "accepted, accepted, accepted", "Unknown: 202", 3, 0),
    (Coupon, "system_error, unavailable acted=true, bad_gateway", "Unknown: 502, not signed", 3, 1),
    (Coupon, "bad_gateway, unavailable, system_error acted=true", "Unknown: 500 SYSTEM_ERROR", 3, 1),

    // Refused, but an earlier attempt may have made the coupon.
    (Refused, "close_before", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "system_error", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "rate_limited retry_after=0", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "signature_probe", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "bad_gateway, close_before", "Unknown: unresolved after 3: 403 REQUEST_BLOCKED", 3, 0),

    // Refused by whom? A firewall does not speak for the platform.
    (Coupon, "forbidden", "Unknown: 403, not signed", 1, 0),
    (Coupon, "forbidden acted=true", "Unknown: 403, not signed", 1, 1),
    (Coupon, "close_after, forbidden", "Unknown: 403, not signed", 2, 1),
    (Refused, "unsigned", "Unknown: 403 REQUEST_BLOCKED, not signed", 1, 0),
    // Nor does whoever sends it elsewhere.
    (Coupon, "redirect", "Unknown: 302, not signed", 1, 1),
    (Coupon, "redirect acted=false", "Unknown: 302, not signed", 1, 0),

    // The answer cannot be trusted: never sent again, for the coupon is probably there.
    (Coupon, "unsigned", "Unknown: Unsigned", 1, 1),
    (Coupon, "wrong_signature", "Unknown: WrongSignature", 1, 1),
    (Coupon, "stale_timestamp", "Unknown: Clock", 1, 1),
    (Coupon, "unknown_serial", "Unknown: UnknownSerial", 2, 1),
    (Coupon, "oversized bytes=100", "Unknown: WrongSignature", 1, 1),
    (Coupon, "oversized bytes=2000000", "Unknown: too large", 1, 1),
    (Coupon, "close_after, wrong_signature", "Unknown: WrongSignature", 2, 1),
    (Coupon, "system_error, unsigned", "Unknown: Unsigned", 2, 1),
    (Refused, "wrong_signature", "Unknown: WrongSignature", 1, 0),
    // But for a probe, which is answered by asking again.
    (Coupon, "signature_probe", "ok", 2, 1),
    (Coupon, "close_before, signature_probe", "ok", 3, 1),
    (Coupon, "signature_probe, signature_probe, signature_probe", "Unknown: Probe", 3, 1),

    // The platform has a new certificate, which is fetched; what was sent is not sent again.
    (Rotated, "", "ok", 2, 1),
    (Rotated, "close_after", "ok", 3, 1),
    (Rotated, "system_error acted=true", "ok", 3, 1),
    (Rotated, "certificates.download/close_before", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/system_error", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/bad_gateway", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/unsigned", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/wrong_signature", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/never_answers", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/oversized bytes=2000000", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "wrong_signature", "Unknown: WrongSignature", 2, 1),
    (Rotated, "signature_probe", "ok", 3, 1),
    (RotatedNoApiV3Key, "", "Unknown: UnknownSerial", 1, 1),
    (RotatedStop, "", "ok", 2, 1),
    (RotatedStop, "certificates.download/close_before", "Unknown: UnknownSerial", 2, 1),

    // Not idempotent: once it may have been sent, it is never sent again.
    (Stop, "", "ok", 1, 1),
    (Stop, "close_before", "Unknown: no answer", 1, 0),
    (Stop, "close_after", "Unknown: no answer", 1, 1),
    (Stop, "truncate", "Unknown: no answer", 1, 1),
    (Stop, "never_answers", "Unknown: no answer", 1, 1),
    (Stop, "rate_limited retry_after=0", "Unknown: 429 FREQUENCY_LIMIT_EXCEED", 1, 0),
    (Stop, "system_error acted=true", "Unknown: 500 SYSTEM_ERROR", 1, 1),
    (Stop, "bad_gateway", "Unknown: 502, not signed", 1, 0),
    (Stop, "unavailable acted=true", "Unknown: 503 SERVICE_UNAVAILABLE", 1, 1),
    (Stop, "accepted", "Unknown: 202", 1, 0),
    (Stop, "signature_probe", "Unknown: Probe", 1, 1),
    (Stop, "unknown_serial", "Unknown: UnknownSerial", 2, 1),
    (Favor, "", "ok", 1, 1),
    (Favor, "close_before", "Unknown: no answer", 1, 0),
    (Favor, "close_after", "Unknown: no answer", 1, 1),
    (Favor, "wrong_length", "Unknown: no answer", 1, 1),
    (Favor, "unavailable", "Unknown: 503 SERVICE_UNAVAILABLE", 1, 0),
    (Favor, "system_error acted=true", "Unknown: 500 SYSTEM_ERROR", 1, 1),
    (Favor, "forbidden acted=true", "Unknown: 403, not signed", 1, 1),
    (Favor, "wrong_signature", "Unknown: WrongSignature", 1, 1),

    // Hosts without anybody: the one case in which nothing was sent for certain.
    (Nobody, "", "NotSent: nobody there", 0, 0),
    (NobodyAnywhere, "", "NotSent: nobody there", 0, 0),
    (Backup, "", "ok", 1, 1),
    (Backup, "wrong_signature", "Unknown: WrongSignature", 1, 1),
    (BackupStop, "", "ok", 1, 1),
    (BackupStop, "close_after", "Unknown: no answer", 1, 1),
    // The backup host has it, but cannot say so; in the end nobody is there.
    (Backup, "close_after", "Unknown: unresolved after 3: nobody there", 1, 1),
    (NoBackup, "close_after", "ok", 2, 1),
    (NoBackup, "unavailable", "ok", 2, 1),
    (NoBackup, "bad_gateway acted=true", "ok", 2, 1),
    (NoBackup, "close_after, close_before", "Unknown: no answer", 2, 1),
    // Not the host's fault: another one would do no better.
    (NoBackup, "system_error, rate_limited retry_after=0", "ok", 3, 1),
];
