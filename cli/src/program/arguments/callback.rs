//! `callback …`.

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Callback {
    /// Shows the URL
    Show,
    /// Sets the URL
    Set {
        /// A public URL that begins with https:// and has no query
        #[arg(value_name = "URL")]
        url: String,
    },
}
