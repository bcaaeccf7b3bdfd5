//! The drivers over real sockets, against the sandbox and against scripted servers.

mod addresses;
mod async_client;
mod callbacks;
mod cancellation;
mod closed_connections;
mod connecting;
mod connections;
mod deadlines;
mod downloads;
mod failures;
mod lists;
mod merchants_apart;
mod operations;
mod overload;
mod own_connector;
mod phases;
mod proxy_environment;
mod randomness;
mod rotation;
mod sandbox_tls;
mod settings;
mod tls;
mod two_runtimes;
mod warm_up;

// Imports and helpers shared by the modules.
use std::collections::BTreeSet;
use std::io::{Cursor, Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use wechatpay_conformance::drivers::{Driver, Hyper, tls_crypto, transport_kind};
use wechatpay_conformance::sandbox::{HOUR, LocalSandbox, ServedSandbox};
use wechatpay_conformance::scripted::{
    ABC, ABC_SHA1, Received, Scripted, link, listener, read_request, serve_connections, serve_one_connection,
    unsigned_wire, wire,
};
use wechatpay_conformance::*;
use wechatpay_core::cashcoupons::platform_favor::*;
use wechatpay_core::cashcoupons::*;
use wechatpay_core::download::{CheckedFile, FileLink};
use wechatpay_core::error::{DownloadError, ErrorCode, TransportErrorKind, VerifyErrorKind};
use wechatpay_core::types::{Fen, Mchid};
use wechatpay_core::{
    Answer, BaseUrl, Client, DownloadCertificates, Error, Operation, Outcome, Paged, PlatformKeys,
    RetryPolicy, SecurityEcho,
};

/// A query with arbitrary values.
fn query() -> QueryStock {
    QueryStock::new("1".into(), "1".into())
}

/// Downloads a file into memory.
fn download(
    driver: &impl Driver,
    link: &impl Operation<Response: FileLink + Send>,
) -> Result<CheckedFile<Cursor<Vec<u8>>>, Error> {
    driver.download(link, Cursor::new(Vec::new()))
}
