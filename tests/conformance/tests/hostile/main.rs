//! Hostile input, and code of the caller that panics: neither ends the process, locks anybody out or is believed.

mod encoded_bodies;
mod forged_serials;
mod json;
mod keys;
mod leftover_bytes;
mod panicking_callers;
