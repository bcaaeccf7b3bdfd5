//! Whether all is covered: the official Go package and its defects, and the threats of `docs/security.md`.

mod go_defects;
mod go_package;
mod security_doc;
