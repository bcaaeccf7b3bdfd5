use super::attempts::Host;
use crate::client::Client;
use crate::error::BuildError;
use crate::operation::Operation;
use crate::request::Prepared;

/// The request of an operation for each host that it may be sent to.
pub(super) struct Requests {
    main: Prepared,
    /// The same request for the backup host, if there is one.
    backup: Option<Prepared>,
}

impl Requests {
    pub(super) fn new<O: Operation>(client: &Client, operation: &O) -> Result<Self, BuildError> {
        let main = client.prepare(operation)?;
        let backup = client.backup().map(|host| main.on_host(host)).transpose()?;
        Ok(Self { main, backup })
    }

    pub(super) fn has_backup(&self) -> bool {
        self.backup.is_some()
    }

    /// Returns the request for a host.
    pub(super) fn at(&self, host: Host) -> &Prepared {
        self.backup.as_ref().filter(|_| host == Host::Backup).unwrap_or(&self.main)
    }
}
