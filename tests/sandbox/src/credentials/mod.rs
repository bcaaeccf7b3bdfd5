//! Credentials of a merchant and of the platform, and a CA: generated for the sandbox, and stored in a folder.

mod authority;
mod folder;
mod generated;
mod settings;

pub use folder::{CredentialsFolder, FolderLock};
pub use generated::Credentials;
pub(crate) use generated::certificate;
