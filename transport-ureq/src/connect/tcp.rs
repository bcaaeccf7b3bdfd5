use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use wechatpay_core::error::Phase;

use super::{Budget, Peer};
use crate::failure::Failure;
use crate::limit::rounded;

/// Connects to the first address that answers. Each gets an equal share of the time that is left, so that one that drops
/// packets leaves enough for the others.
pub(super) fn connect(
    peer: Peer<'_>,
    addresses: &[SocketAddr],
    budget: &Budget,
) -> Result<TcpStream, Failure> {
    let mut problems = Vec::new();
    for (address, rest) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let Some(left) = budget.left() else {
            problems.push((address, format!("was not tried, because {budget} was over")));
            continue;
        };
        let share = u32::try_from(rest).ok().and_then(|rest| left.checked_div(rest));
        // No time at all is an error for the operating system.
        let share = share.unwrap_or_default().max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() != io::ErrorKind::TimedOut => {
                problems.push((address, format!("cannot be connected to ({error})")));
            }
            Err(_) if rest > 1 => {
                problems.push((address, format!("did not answer within {:?}", rounded(share))));
            }
            Err(_) => problems.push((address, format!("did not answer within {budget}"))),
        }
    }
    let text = match problems.as_slice() {
        [(_, problem)] if peer.ip().is_some() => format!("{peer} {problem}"),
        problems => {
            let problems = problems.iter().map(|(address, problem)| format!("{address} {problem}"));
            format!("no connection to {peer}: {}", problems.collect::<Vec<_>>().join("; "))
        }
    };
    Err(Failure::new(Phase::Connect, text))
}
