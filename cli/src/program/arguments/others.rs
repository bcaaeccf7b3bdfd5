//! The commands with few arguments.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

#[derive(Subcommand)]
pub(crate) enum Image {
    /// Uploads an image
    Upload(Upload),
}

#[derive(Args)]
pub(crate) struct Upload {
    /// A JPG, BMP or PNG of at most 2 MiB
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Args)]
pub(crate) struct Certs {
    /// Folder to which the certificates are written, one PEM file each
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Explain {
    /// Such as NOT_ENOUGH, 270079534 or 08F5A6…-270079534
    #[arg(value_name = "CODE|REQUEST-ID")]
    pub(crate) code: String,
}

#[derive(Args)]
pub(crate) struct Completions {
    /// bash, elvish, fish, powershell or zsh
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Args)]
pub(crate) struct Man {
    /// Folder to which the pages of all commands are written. Without it, the main page is written to stdout
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Report {
    /// Name of the campaign
    #[arg(value_name = "CAMPAIGN")]
    pub(crate) campaign: String,
    /// File to write to. One that exists is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) html: PathBuf,
}
