//! The program: its options, output, files and exit status.
#![cfg(test)]
#![cfg(unix)]
#![allow(clippy::unwrap_in_result, reason = "tests")]

mod credentials;
mod options;
mod running;
mod tls;
