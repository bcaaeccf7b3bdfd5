//! The pages.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::program::exit::Exit;
use crate::program::parse::command;
use crate::program::texts::{Language, marked, said_in};

/// The variables of the environment.
const VARIABLES: [(&str, &str); 17] = [
    ("WECHATPAY_LEDGER", marked!("the ledger, as --ledger")),
    ("WECHATPAY_LANG", marked!("the language of texts, as --lang. Without it: LC_ALL, LC_MESSAGES or LANG")),
    ("WECHATPAY_APPID", marked!("the app of the users, as --appid")),
    ("WECHATPAY_MCHID", marked!("the merchant number; a certificate names it, too")),
    ("WECHATPAY_SERIAL_NO", marked!("the serial number of the merchant's certificate")),
    ("WECHATPAY_PRIVATE_KEY_FILE", marked!("file with the merchant's private key")),
    ("WECHATPAY_CERT_FILE", marked!("file with the merchant's certificate")),
    ("WECHATPAY_PUBLIC_KEY_ID", marked!("the ID of WeChat Pay's public key")),
    ("WECHATPAY_PUBLIC_KEY_FILE", marked!("file with WeChat Pay's public key")),
    ("WECHATPAY_PLATFORM_CERT_FILE", marked!("file with a certificate of the platform")),
    ("WECHATPAY_API_V3_KEY_FILE", marked!("file with the APIv3 key")),
    ("WECHATPAY_BASE_URL", marked!("the platform's URL, as --base-url")),
    ("WECHATPAY_BACKUP_URL", marked!("the URL that is used if the first one cannot be reached")),
    ("WECHATPAY_PROXY", marked!("the proxy through which the platform is reached")),
    ("WECHATPAY_CA", marked!("file with further certificates that are trusted for TLS")),
    ("WECHATPAY_INSECURE_HTTP", marked!("allows a URL without TLS, for a sandbox")),
    ("USER, LOGNAME, USERNAME", marked!("who gives a command, for the ledger")),
];

/// The files.
const FILES: [(&str, &str); 4] = [
    ("wechatpay-ledger.db", marked!("the ledger, if no other one is named")),
    ("wechatpay-ledger.db-wal, wechatpay-ledger.db-shm", marked!("parts of the ledger while it is in use")),
    ("wechatpay-ledger.db.sandbox/", marked!("the sandbox beside the ledger: its state and its credentials")),
    ("wechatpay-ledger.db-run", marked!("the lock of a run. It stays when the run has ended")),
];

/// A manual page.
pub(super) struct Page {
    pub(super) file: String,
    pub(super) content: String,
}

/// The pages of all commands, that of the program first.
///
/// # Errors
/// None in fact: they are written into memory.
pub(super) fn pages(language: Language) -> io::Result<Vec<Page>> {
    let mut root = command(language).disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    collect(&root, language, &mut pages)?;
    Ok(pages)
}

fn collect(command: &Command, language: Language, pages: &mut Vec<Page>) -> io::Result<()> {
    pages.push(page(command, language)?);
    let shown = |inner: &&Command| !inner.is_hide_set() && inner.get_name() != "help";
    command.get_subcommands().filter(shown).try_for_each(|inner| collect(inner, language, pages))
}

fn page(command: &Command, language: Language) -> io::Result<Page> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let man = Man::new(command.clone()).source(concat!("wechatpay ", env!("CARGO_PKG_VERSION")));
    let file = man.get_filename();
    let mut content = Vec::new();
    man.render_title(&mut content)?;
    man.render_name_section(&mut content)?;
    man.render_synopsis_section(&mut content)?;
    man.render_description_section(&mut content)?;
    man.render_options_section(&mut content)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut content)?;
    }
    let mut rest = Roff::new();
    exits(&mut rest, language);
    // The sandbox is a program of its own.
    if !name.starts_with("wechatpay-sandbox") {
        list(&mut rest, "ENVIRONMENT", &VARIABLES, language);
        list(&mut rest, "FILES", &FILES, language);
    }
    see_also(&mut rest, name);
    rest.to_writer(&mut content)?;
    let content = String::from_utf8_lossy(&content).into_owned();
    Ok(Page { file, content })
}

fn exits(roff: &mut Roff, language: Language) {
    roff.control("SH", ["EXIT STATUS"]);
    for exit in Exit::ALL {
        entry(roff, &exit.number().to_string(), said_in(language, exit.says()));
    }
}

fn list(roff: &mut Roff, heading: &str, entries: &[(&str, &str)], language: Language) {
    roff.control("SH", [heading]);
    for (name, means) in entries {
        entry(roff, name, said_in(language, means));
    }
}

fn entry(roff: &mut Roff, name: &str, means: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(means)]);
}

/// The page of the command above, and that of the program.
fn see_also(roff: &mut Roff, name: &str) {
    let Some((above, _)) = name.rsplit_once('-') else { return };
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold(above), roman("(1)")]);
}
