//! The addresses to listen on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

/// The length of the queue of connections that are not yet accepted, as in tokio.
const BACKLOG: i32 = 1024;

/// The value of `--listen` or `--listen-tls`.
#[derive(Clone)]
pub struct Listen {
    text: String,
    host: Host,
    port: u16,
}

#[derive(Clone)]
enum Host {
    All,
    Ip(IpAddr),
    Name(String),
}

/// The sockets, and the address at which this machine reaches them.
pub(crate) struct Listening {
    pub(crate) sockets: Vec<TcpListener>,
    pub(crate) reachable: SocketAddr,
    /// Whether other machines can reach it.
    pub(crate) public: bool,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "must be HOST:PORT or :PORT, such as 127.0.0.1:8700; port 0 picks a free port";
        if text.contains("://") {
            return Err(format!("{form}, without http://"));
        }
        let (host, port) = text.rsplit_once(':').ok_or(form)?;
        let port = port.parse().map_err(|_| format!("{form}; the port is a number up to 65535"))?;
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match (host, literal) {
            ("", _) => Host::All,
            (_, Some(ip)) => Host::Ip(IpAddr::V6(ip.parse().map_err(|_| form)?)),
            (host, None) => match host.parse::<Ipv4Addr>() {
                Ok(ip) => Host::Ip(ip.into()),
                Err(_) if host.contains([':', '/', ' ']) => return Err(form.to_owned()),
                Err(_) => Host::Name(host.to_owned()),
            },
        };
        Ok(Self { text: text.to_owned(), host, port })
    }
}

impl Listen {
    /// The host, if it is neither all interfaces nor an address.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) => Some(name),
            Host::All | Host::Ip(_) => None,
        }
    }

    /// Opens the sockets that `option` asks for. Must be called in a tokio runtime.
    pub(crate) fn open(&self, option: &str) -> io::Result<Listening> {
        let explain = |error: io::Error| {
            let remedy = match error.kind() {
                io::ErrorKind::AddrInUse => format!(
                    "; another program uses it: stop that program, or choose another port with {option}, such as \
                     {option} 127.0.0.1:0"
                ),
                io::ErrorKind::PermissionDenied => format!("; choose a port from 1024 with {option}"),
                io::ErrorKind::AddrNotAvailable => "; it is not an address of this machine".to_owned(),
                _ => String::new(),
            };
            io::Error::new(error.kind(), format!("cannot listen on {}: {error}{remedy}", self.text))
        };
        self.bind().map_err(explain)
    }

    fn bind(&self) -> io::Result<Listening> {
        let mut wanted = self.addresses()?.into_iter();
        let first = wanted.next().ok_or_else(|| io::Error::other("the name has no address"))?;
        let first = socket(first, false)?;
        let address = first.local_addr()?;
        let mut sockets = vec![first];
        // The other family is welcome, but a machine may be without it.
        sockets.extend(
            wanted.filter_map(|other| socket(SocketAddr::new(other.ip(), address.port()), true).ok()),
        );
        let reachable: IpAddr = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let reachable = SocketAddr::new(reachable, address.port());
        Ok(Listening { sockets, reachable, public: !address.ip().is_loopback() })
    }

    /// The addresses, IPv4 first, because not every client tries IPv6.
    fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let all = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        let ips: Vec<IpAddr> = match &self.host {
            Host::All => all.to_vec(),
            Host::Ip(ip) => vec![*ip],
            // Whatever the machine's files say, as RFC 6761 recommends.
            Host::Name(name) if name.eq_ignore_ascii_case("localhost") => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            Host::Name(name) => {
                let resolved = (name.as_str(), self.port).to_socket_addrs()?;
                let mut ips: Vec<IpAddr> = resolved.map(|address| address.ip()).collect();
                ips.sort_unstable();
                ips.dedup();
                ips
            }
        };
        Ok(ips.into_iter().map(|ip| SocketAddr::new(ip, self.port)).collect())
    }
}

fn socket(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    // As tokio does: a port can be used again at once. On Windows this would allow two programs on one port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
