//! `api …`.

use clap::Args;

#[derive(Args)]
pub(crate) struct Api {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_name = "METHOD")]
    pub(crate) method: String,
    /// The path, such as /v3/certificates. It may have a query
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// The body: JSON, @FILE for the content of a file, or @- for stdin
    #[arg(short, long, value_name = "BODY")]
    pub(crate) data: Option<String>,
    /// A parameter of the query, which is encoded. Can be repeated
    #[arg(id = "query", short = 'q', long = "query", value_name = "NAME=VALUE")]
    pub(crate) query: Vec<String>,
    /// Writes the status and the Request-ID before the body
    #[arg(short, long)]
    pub(crate) include: bool,
    /// Requests all pages of a list and writes one list. Only GET
    #[arg(long)]
    pub(crate) paginate: bool,
    /// Writes the request, without its signature, and sends nothing
    #[arg(long, conflicts_with_all = ["paginate", "include"])]
    pub(crate) dry_run: bool,
}
