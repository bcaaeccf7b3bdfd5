//! Interrupts.

use tokio::sync::watch;

/// How often the program was told to end.
#[derive(Clone)]
pub(in crate::program::commands) struct Interrupts(watch::Receiver<u32>);

impl Interrupts {
    /// Counts interrupts (Ctrl-C, SIGTERM) from now on.
    pub(in crate::program::commands) fn listen() -> std::io::Result<Self> {
        let (sender, receiver) = watch::channel(0_u32);
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            while signals.next().await {
                sender.send_modify(|count| *count = count.saturating_add(1));
            }
        });
        Ok(Self(receiver))
    }

    /// Waits until the program was told to end so often.
    pub(in crate::program::commands) async fn reach(&self, count: u32) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|seen| *seen >= count).await.is_err() {
            // No signal can come any more.
            std::future::pending::<()>().await;
        }
    }
}

/// The signals that tell a program to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one. Returns `false` if none can come.
    async fn next(&mut self) -> bool {
        #[cfg(unix)]
        return tokio::select! {
            seen = self.interrupt.recv() => seen.is_some(),
            seen = self.terminate.recv() => seen.is_some(),
        };
        #[cfg(not(unix))]
        return tokio::signal::ctrl_c().await.is_ok();
    }
}
