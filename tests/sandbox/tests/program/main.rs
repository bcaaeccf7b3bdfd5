//! The program: its options, output, files and exit status.
#![cfg(test)]
#![cfg(unix)]

mod credentials;
mod options;
mod running;
mod tls;
