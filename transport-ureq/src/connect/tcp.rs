use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use wechatpay_core::error::Phase;

use super::{Budget, Peer};
use crate::failure::Failure;
use crate::limit::Readable;

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
            problems.push(format!("{address} was not tried, because {budget} was over"));
            continue;
        };
        let share = u32::try_from(rest).ok().and_then(|rest| left.checked_div(rest));
        // No time at all is an error for the operating system.
        let share = share.unwrap_or_default().max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == io::ErrorKind::TimedOut && rest > 1 => {
                problems.push(format!("{address} did not answer within {}", Readable(share)));
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                problems.push(format!("{address} did not answer within {budget}"));
            }
            Err(error) => problems.push(format!("{address}: {error}")),
        }
    }
    Err(Failure::new(Phase::Connect, format!("no connection to {peer}: {}", problems.join("; "))))
}
