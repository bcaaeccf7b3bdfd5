//! A PostgreSQL server in a temporary folder. It ends with this process, in whatever way that ends.
#![allow(clippy::disallowed_methods, reason = "waits for the server; where it is installed")]

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Stops the server and removes its folder when its standard input ends. `$1` has the programs, `$2` is the folder, `$3` are options.
const SCRIPT: &str = r#"
set -e
trap '' INT TERM
start() { "$1/postgres" -D "$2/data" -k "$2" -c fsync=off -c max_connections=200 $3 & pid=$!; }
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$2/initdb.log"
case $3 in *ssl=on*)
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$2/data/server.key" -out "$2/data/server.crt" 2>>"$2/initdb.log"
    cp "$2/data/server.crt" "$2/server.crt"
esac
start "$@" 2>>"$2/server.log"
while read -r order; do
    case $order in
        restart) kill -INT $pid; wait $pid || true; start "$@" 2>>"$2/server.log" ;;
        stop) kill -INT $pid; wait $pid || true ;;
        start) start "$@" 2>>"$2/server.log" ;;
    esac
done
kill -INT $pid 2>/dev/null || true
wait $pid || true
rm -rf "$2"
"#;

/// A running server.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server. `None` if PostgreSQL is not installed, which is an error where `WECHATPAY_REQUIRE_POSTGRES` is set.
    pub(crate) fn start() -> Option<Self> {
        Self::with("-c listen_addresses=", 5432)
    }

    /// The same on a port, with TLS and a certificate for `localhost` that it has signed itself.
    pub(crate) fn with_tls() -> Option<(Self, u16)> {
        if Command::new("openssl").arg("version").output().is_err() {
            left_out("OpenSSL");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self::with(&format!("-c listen_addresses=127.0.0.1 -c ssl=on -c port={port}"), port)?;
        Some((server, port))
    }

    /// The certificate of a server with TLS.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("server.crt")
    }

    fn with(options: &str, port: u16) -> Option<Self> {
        let Some(programs) = programs() else {
            left_out("PostgreSQL");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("wechatpay-postgres-").tempdir().unwrap().keep();
        let mut command = match is_root() {
            // PostgreSQL does not run as root.
            true => {
                let owned = Command::new("chown").arg("postgres:").arg(&folder).status().unwrap();
                assert!(owned.success());
                let mut command = Command::new("setpriv");
                command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(&folder).arg(options).current_dir("/");
        let child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, folder, port };
        server.wait();
        Some(server)
    }

    /// The address of a schema of its own, which does not exist yet, and its name.
    pub(crate) fn schema(&self) -> (String, String) {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let schema = format!("test_{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
        let folder = self.folder.display();
        (format!("postgres:///postgres?user=postgres&host={folder}&schema={schema}"), schema)
    }

    /// Changes a schema by hand, without its constraints. Returns how many rows were changed.
    pub(crate) fn execute(&self, schema: &str, sql: &str) -> usize {
        // Such as `UPDATE 1`.
        let text = self.run(schema, sql);
        text.trim().rsplit(' ').next().and_then(|rows| rows.parse().ok()).unwrap_or_default()
    }

    /// Everything that a schema contains, as text.
    pub(crate) fn dump(&self, schema: &str) -> String {
        let tables = format!("SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' ORDER BY 1");
        let mut dump = String::new();
        for table in self.run(schema, &tables).lines() {
            let rows = self.run(schema, &format!("SELECT * FROM {table}"));
            let mut rows: Vec<&str> = rows.lines().collect();
            rows.sort_unstable();
            dump.extend(rows.iter().map(|row| format!("{table}: {row}\n")));
        }
        dump
    }

    /// Runs a statement in a schema. Returns what it says, or its rows.
    fn run(&self, schema: &str, sql: &str) -> String {
        let mut psql = Command::new(programs().unwrap().join("psql"));
        psql.args(["-X", "-A", "-t", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-h"]).arg(&self.folder);
        psql.args([
            "-c",
            &format!("SET search_path TO {schema}"),
            "-c",
            "SET session_replication_role = replica",
        ]);
        let output = psql.args(["-c", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // Each of the two settings has said `SET`.
        text.trim_start_matches("SET\n").to_owned()
    }

    /// Stops the server, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.order("restart");
        self.wait();
    }

    fn order(&mut self, order: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{order}").unwrap();
    }

    /// Waits until it accepts connections.
    fn wait(&self) {
        let log = || {
            let read = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
            format!("{}{}", read("initdb.log"), read("server.log"))
        };
        for _ in 0..600 {
            let program = programs().unwrap().join("pg_isready");
            let ready = Command::new(program)
                .args(["-q", "-p", &self.port.to_string(), "-h"])
                .arg(&self.folder)
                .status()
                .unwrap();
            if ready.success() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL does not start: {}", log());
    }
}

/// Says that a program is not installed. Where `WECHATPAY_REQUIRE_POSTGRES` is set, that is an error.
pub(crate) fn left_out(program: &str) {
    let required = std::env::var_os("WECHATPAY_REQUIRE_POSTGRES").is_some();
    assert!(!required, "{program} is not installed, and WECHATPAY_REQUIRE_POSTGRES is set");
    // Past what the tests capture.
    writeln!(std::io::stderr(), "left out, because {program} is not installed").unwrap();
}

/// The server of this process, if PostgreSQL is installed.
pub(crate) fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::start).as_ref()
}

/// The folder with the programs of the newest version.
fn programs() -> Option<PathBuf> {
    let debian =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|it| it.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = debian.chain(std::env::split_paths(&path)).collect();
    all.retain(|folder| {
        ["postgres", "initdb", "pg_isready", "psql"].iter().all(|it| folder.join(it).is_file())
    });
    let version = |folder: &PathBuf| {
        let name = folder.parent().and_then(Path::file_name)?.to_str()?.parse::<u32>();
        name.ok()
    };
    all.into_iter().max_by_key(version)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}
