//! A connection that has a thread of its own, so that it blocks only the caller, whatever the caller runs in.

use std::sync::mpsc;
use std::thread;

use tokio::runtime::Builder;
use tokio_postgres::Client;

use super::config::Settings;
use crate::ledger::StorageProblem;
use crate::ledger::sql::Failure;

/// Connects. The thread ends with the client.
///
/// # Errors
/// [`Failure`] when the database cannot be reached, or refuses.
pub(super) fn connect(settings: &Settings) -> Result<Client, Failure> {
    let (sender, connected) = mpsc::channel();
    let (config, tls) = (settings.config.clone(), settings.tls.connector());
    let work = move || {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return drop(sender.send(Err(of_system(error)))),
        };
        runtime.block_on(async {
            match config.connect(tls).await {
                Ok((client, connection)) => {
                    drop(sender.send(Ok(client)));
                    // Its error is that of the next statement.
                    drop(connection.await);
                }
                Err(error) => drop(sender.send(Err(error.into()))),
            }
        });
    };
    thread::Builder::new().name("postgres".to_owned()).spawn(work).map_err(of_system)?;
    connected.recv().unwrap_or_else(|error| Err(of_system(std::io::Error::other(error))))
}

fn of_system(error: std::io::Error) -> Failure {
    Failure::Database(StorageProblem::Unreachable, Box::new(error))
}
