//! The protocol, without a network: what is signed and sent, what is verified, decrypted and read, and what is refused.

mod answers;
mod certificates;
mod encryption;
mod flow_files;
mod golden;
mod invalid_requests;
mod lenient_reading;
mod lists_and_images;
mod notification;
mod signing;
mod verification;
mod wycheproof;
