//! Credentials of a merchant and of the platform: generated for the sandbox, and stored in a folder.

mod folder;
mod generated;
mod settings;

pub use folder::{CredentialsFolder, FolderLock};
pub use generated::Credentials;
pub(crate) use generated::certificate;
