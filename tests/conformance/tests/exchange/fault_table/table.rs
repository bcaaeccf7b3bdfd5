//! The table of faults and their results.

use Case::*;

/// The operation and the situation in which it is sent. At most three attempts are made, each with a timeout of one
/// second, within five seconds in total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// Sending a coupon of a running stock. Idempotent.
    Coupon,
    /// Sending a coupon of a stock that is not started, which the platform rejects.
    Refused,
    /// Sending a coupon when the merchant has an old platform certificate.
    Rotated,
    /// As `Rotated`, but the merchant has no APIv3 key for fetching the new certificate.
    RotatedNoApiV3Key,
    /// Stopping a stock when the merchant has an old platform certificate.
    RotatedStop,
    /// Stopping a stock that is not started. Not documented to be idempotent.
    Stop,
    /// Creating a platform favor. Not documented to be idempotent.
    Favor,
    /// Sending a coupon when the main host is down and there is no backup host.
    MainDown,
    /// Sending a coupon when the main host and the backup host are down.
    BothDown,
    /// Sending a coupon when the main host is down, but not the backup host.
    Backup,
    /// Stopping a stock when the main host is down, but not the backup host.
    BackupStop,
    /// Sending a coupon when the backup host is down, but not the main host.
    BackupDown,
}

/// The case; the faults of its requests, one for each request; the result; the number of requests that reach the
/// platform, including requests for certificates; the number of coupons (platform favors, stopped stocks) at the end.
pub(super) type Row = (Case, &'static str, &'static str, u64, usize);

#[rustfmt::skip] // One line for each row.
pub(super) const TABLE: &[Row] = &[
    // No faults, or small delays.
    (Coupon, "", "ok", 1, 1),
    (Coupon, "delay milliseconds=5", "ok", 1, 1),
    (Coupon, "drip milliseconds=1", "ok", 1, 1),
    (Refused, "", "Rejected: 403 REQUEST_BLOCKED", 1, 0),

    // No complete response: the retry with the identical request finds the coupon, or creates it.
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
    // The last attempt fails too. Alone, it would suggest that no coupon was created.
    (Coupon, "close_before, close_before, close_before", "Unknown: no response", 3, 0),
    (Coupon, "close_after, close_after, close_after", "Unknown: no response", 3, 1),
    (Coupon, "close_after, close_before, close_before", "Unknown: no response", 3, 1),
    (Coupon, "never_answers, close_before, truncate", "Unknown: no response", 3, 1),

    // The platform is overloaded or reports an internal error.
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
    (Coupon, "system_error, unavailable acted=true, bad_gateway", "Unknown: 502, Unsigned", 3, 1),
    (Coupon, "bad_gateway, unavailable, system_error acted=true", "Unknown: 500 SYSTEM_ERROR", 3, 1),

    // Rejected, but an earlier attempt may have created the coupon.
    (Refused, "close_before", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "system_error", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "rate_limited retry_after=0", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "signature_probe", "Unknown: unresolved after 2: 403 REQUEST_BLOCKED", 2, 0),
    (Refused, "bad_gateway, close_before", "Unknown: unresolved after 3: 403 REQUEST_BLOCKED", 3, 0),

    // An unsigned rejection may come from a firewall and says nothing about the coupon.
    (Coupon, "forbidden", "Unknown: 403, Unsigned", 1, 0),
    (Coupon, "forbidden acted=true", "Unknown: 403, Unsigned", 1, 1),
    (Coupon, "close_after, forbidden", "Unknown: 403, Unsigned", 2, 1),
    (Refused, "unsigned", "Unknown: 403 REQUEST_BLOCKED, Unsigned", 1, 0),
    // Neither does a redirect.
    (Coupon, "redirect", "Unknown: 302, Unsigned", 1, 1),
    (Coupon, "redirect acted=false", "Unknown: 302, Unsigned", 1, 0),

    // The response cannot be trusted. It is not retried, because the coupon probably exists.
    (Coupon, "unsigned", "Unknown: Unsigned", 1, 1),
    (Coupon, "wrong_signature", "Unknown: WrongSignature", 1, 1),
    (Coupon, "stale_timestamp", "Unknown: Clock", 1, 1),
    (Coupon, "unknown_serial", "Unknown: UnknownSerial", 2, 1),
    (Coupon, "oversized bytes=100", "Unknown: WrongSignature", 1, 1),
    (Coupon, "oversized bytes=2000000", "Unknown: too large", 1, 1),
    (Coupon, "close_after, wrong_signature", "Unknown: WrongSignature", 2, 1),
    (Coupon, "system_error, unsigned", "Unknown: Unsigned", 2, 1),
    (Refused, "wrong_signature", "Unknown: 403 REQUEST_BLOCKED, WrongSignature", 1, 0),
    (Refused, "stale_timestamp", "Unknown: 403 REQUEST_BLOCKED, Clock", 1, 0),
    (Refused, "unknown_serial", "Unknown: 403 REQUEST_BLOCKED, UnknownSerial", 2, 0),
    // Except for a signature probe, after which the request is retried.
    (Coupon, "signature_probe", "ok", 2, 1),
    (Coupon, "close_before, signature_probe", "ok", 3, 1),
    (Coupon, "signature_probe, signature_probe, signature_probe", "Unknown: Probe", 3, 1),

    // The platform has a new certificate. The client fetches it, and does not send the operation again.
    (Rotated, "", "ok", 2, 1),
    (Rotated, "close_after", "ok", 3, 1),
    (Rotated, "system_error acted=true", "ok", 3, 1),
    // A fetch that fails is retried like any other read.
    (Rotated, "certificates.download/close_before", "ok", 3, 1),
    (Rotated, "certificates.download/close_after", "ok", 3, 1),
    (Rotated, "certificates.download/never_answers", "ok", 3, 1),
    (Rotated, "certificates.download/system_error", "ok", 3, 1),
    (Rotated, "certificates.download/unavailable", "ok", 3, 1),
    (Rotated, "certificates.download/bad_gateway", "ok", 3, 1),
    (Rotated, "certificates.download/rate_limited retry_after=0", "ok", 3, 1),
    (Rotated, "certificates.download/signature_probe", "ok", 3, 1),
    (Rotated, "certificates.download/unavailable, certificates.download/close_before", "ok", 4, 1),
    // It has failed for good.
    (Rotated, "certificates.download/close_before, certificates.download/close_before, certificates.download/close_before", "Unknown: UnknownSerial", 4, 1),
    (Rotated, "certificates.download/unsigned", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/wrong_signature", "Unknown: UnknownSerial", 2, 1),
    (Rotated, "certificates.download/oversized bytes=2000000", "Unknown: UnknownSerial", 2, 1),
    // An error is retried by its status if its signature cannot be verified.
    (Rotated, "system_error, certificates.download/forbidden", "Unknown: UnknownSerial", 3, 1),
    (Rotated, "wrong_signature", "Unknown: WrongSignature", 2, 1),
    (Rotated, "signature_probe", "ok", 3, 1),
    (RotatedNoApiV3Key, "", "Unknown: UnknownSerial", 1, 1),
    (RotatedStop, "", "ok", 2, 1),
    (RotatedStop, "certificates.download/close_before", "ok", 3, 1),
    (RotatedStop, "certificates.download/forbidden", "Unknown: UnknownSerial", 2, 1),

    // Not idempotent: never retried after a request may have been sent.
    (Stop, "", "ok", 1, 1),
    (Stop, "close_before", "Unknown: no response", 1, 0),
    (Stop, "close_after", "Unknown: no response", 1, 1),
    (Stop, "truncate", "Unknown: no response", 1, 1),
    (Stop, "never_answers", "Unknown: no response", 1, 1),
    (Stop, "rate_limited retry_after=0", "Unknown: 429 FREQUENCY_LIMIT_EXCEED", 1, 0),
    (Stop, "system_error acted=true", "Unknown: 500 SYSTEM_ERROR", 1, 1),
    (Stop, "bad_gateway", "Unknown: 502, Unsigned", 1, 0),
    (Stop, "unavailable acted=true", "Unknown: 503 SERVICE_UNAVAILABLE", 1, 1),
    (Stop, "accepted", "Unknown: 202", 1, 0),
    (Stop, "signature_probe", "Unknown: Probe", 1, 1),
    (Stop, "unknown_serial", "Unknown: UnknownSerial", 2, 1),
    (Favor, "", "ok", 1, 1),
    (Favor, "close_before", "Unknown: no response", 1, 0),
    (Favor, "close_after", "Unknown: no response", 1, 1),
    (Favor, "wrong_length", "Unknown: no response", 1, 1),
    (Favor, "unavailable", "Unknown: 503 SERVICE_UNAVAILABLE", 1, 0),
    (Favor, "system_error acted=true", "Unknown: 500 SYSTEM_ERROR", 1, 1),
    (Favor, "forbidden acted=true", "Unknown: 403, Unsigned", 1, 1),
    (Favor, "wrong_signature", "Unknown: WrongSignature", 1, 1),

    // Hosts that are down: the only case in which certainly nothing was sent.
    (MainDown, "", "NotSent: no connection", 0, 0),
    (BothDown, "", "NotSent: no connection", 0, 0),
    (Backup, "", "ok", 1, 1),
    (Backup, "wrong_signature", "Unknown: WrongSignature", 1, 1),
    (BackupStop, "", "ok", 1, 1),
    (BackupStop, "close_after", "Unknown: no response", 1, 1),
    // The backup host creates the coupon, but its response is lost, and the next attempts find no server.
    (Backup, "close_after", "Unknown: unresolved after 3: no connection", 1, 1),
    (BackupDown, "close_after", "ok", 2, 1),
    (BackupDown, "unavailable", "ok", 2, 1),
    (BackupDown, "bad_gateway acted=true", "ok", 2, 1),
    (BackupDown, "close_after, close_before", "Unknown: no response", 2, 1),
    // These errors do not depend on the host, so the main host is tried again.
    (BackupDown, "system_error, rate_limited retry_after=0", "ok", 3, 1),
];
