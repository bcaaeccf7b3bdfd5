//! The certificate for `--listen-tls`.

use crate::{CredentialsFolder, SandboxError, Tls};
use wechatpay_core::types::UnixSeconds;

use crate::program::arguments::Serve;
use crate::program::listen::Listening;

/// Makes a certificate for all names under which clients may reach the sandbox.
pub(crate) fn tls(
    arguments: &Serve,
    listening: &Listening,
    folder: &CredentialsFolder,
    now: UnixSeconds,
) -> Result<Tls, SandboxError> {
    let addresses =
        listening.sockets.iter().filter_map(|socket| Some(socket.local_addr().ok()?.ip().to_string()));
    let name = arguments.listen_tls.as_ref().and_then(|listen| listen.name()).map(str::to_owned);
    let advertised = arguments.advertise.as_ref().and_then(|url| url.parse::<http::Uri>().ok());
    let advertised = advertised.as_ref().and_then(|url| url.host()).map(str::to_owned);
    let hosts = addresses.chain(name).chain(advertised).chain(arguments.allow_host.iter().cloned());
    let tls = folder.tls(hosts, now)?;
    if tls.replaces_ca() {
        eprintln!(
            "warning: {}/ca.pem is a new CA, because the former one does not permit all names of this start or expires \
             too early: clients that trust the former one must load it again",
            arguments.credentials.display()
        );
    }
    Ok(tls)
}
