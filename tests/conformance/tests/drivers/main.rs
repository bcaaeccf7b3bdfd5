//! The drivers over real sockets, against the sandbox and against servers that do as they are told.

mod async_client;
mod cancellation;
mod connections;
mod deadlines;
mod downloads;
mod failures;
mod merchants_apart;
mod operations;
mod proxy_environment;
mod tls;
