//! Downloads files that a response refers to, such as flow files. A file is not signed; the hash in the response
//! protects it.
//!
//! ```text
//! UseFlowResponse ─Client::download─▶ Download ─request─▶ http::Request ═ driver ═▶ bytes
//!                                        │                                           │ write
//!                                        └───────────────▶ Spool ◀───────────────────┘
//!                                                            │ finish: check the hash
//!                                                            ▼
//!                                                       CheckedFile ─▶ rows
//! ```
//!
//! The received bytes are hashed and written to a [`Spool`] over a sink of the caller's choice (memory or a file). They
//! can be read only as a [`CheckedFile`], so a file that was modified in transit is never processed. Memory use is one
//! buffer, whatever the size of the file.
//!
//! [`drive_file`] and [`drive_file_async`] do all of it for a driver: they ask for the link, download the file, and do both
//! again if the file did not arrive.

mod checked;
mod drive;
mod drive_async;
mod link;
mod machine;
mod spool;

pub use checked::CheckedFile;
pub use drive::{FileIo, drive_file};
pub use drive_async::{AsyncFileIo, drive_file_async};
pub use link::{Download, FileLink};
use machine::{Downloading, Failure};
pub use spool::Spool;
