//! Uses a signing key outside the process, as in an HSM or KMS. Here a child process takes the place of the KMS.
//!
//! ```text
//! cargo run -p wechatpay-ureq --example kms
//! ```
//!
//! Shows two ways: a type that implements [`SigningKey`] and blocks until it has the signature, and two separate steps
//! for signatures that are created asynchronously: [`Unsigned::message`](wechatpay_ureq::core::Unsigned::message) and
//! [`attach`](wechatpay_ureq::core::Unsigned::attach).

#[path = "common/mod.rs"]
mod common;

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use wechatpay_ureq::PROVIDER;
use wechatpay_ureq::core::cashcoupons::ListStocks;
use wechatpay_ureq::core::crypto::{CryptoError, SigningKey, load_signing_key};
use wechatpay_ureq::core::zeroize::Zeroizing;
use wechatpay_ureq::core::{Client, Merchant, SecurityEcho, Stamp};

/// The connection to the KMS. The KMS signs messages and never reveals the key.
struct Kms(Mutex<(ChildStdin, ChildStdout)>);

impl SigningKey for Kms {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (stdin, stdout) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = send(stdin, message).and_then(|()| receive(stdout));
        signature.map_err(|_| CryptoError::new("sign at the KMS"))
    }
}

fn main() -> ExitCode {
    common::ended(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("--as-kms") {
        return kms();
    }
    let (_server, settings, credentials) = common::sandbox()?;
    let (mut child, kms) = start_kms(credentials.private_key_pem())?;
    let kms: Arc<dyn SigningKey> = Arc::new(kms);

    // First way: the driver signs with the KMS as with any other key.
    let merchant = Merchant::with_key(credentials.mchid().into(), credentials.serial_no(), Arc::clone(&kms))?;
    let platform = settings.platform_keys(&PROVIDER)?;
    let core = Client::new(merchant, platform)?.with_base_url(settings.base_url().clone());
    let client = wechatpay_ureq::Client::new(core.clone());
    let answer = client.send(&SecurityEcho::new("signed elsewhere"))?;
    println!("the platform echoed: {}", answer.echo_message);

    // Second way: the message is signed separately, and the signature is attached when it is ready.
    let stamp = Stamp::new(common::unix_seconds(), PROVIDER.random)?;
    let list = ListStocks::new(credentials.mchid().into());
    let unsigned = core.unsigned(&list, stamp)?;
    let signature = kms.sign(&unsigned.message())?;
    let request = unsigned.attach(&signature)?;
    let (parts, _) = request.into_parts();
    // An agent with the defaults of the driver: it follows no redirects, and returns responses of any status.
    let agent = wechatpay_ureq::agent(wechatpay_ureq::agent_config().build());
    let mut response = agent.run(wechatpay_ureq::core::http::Request::from_parts(parts, ()))?;
    let body = response.body_mut().read_to_vec()?;
    let response = response.map(|_| body.into());
    let stocks = core.response(&list, &response, common::unix_seconds())?;
    println!("the merchant has {} stocks", stocks.total_count.unwrap_or_default());

    drop((client, core, kms));
    child.wait()?;
    Ok(())
}

fn start_kms(private_key_pem: &str) -> Result<(Child, Kms), Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command.arg("--as-kms").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err("no pipe to the KMS".into()) };
    // A real KMS already has the key.
    send(&mut stdin, private_key_pem.as_bytes())?;
    Ok((child, Kms(Mutex::new((stdin, stdout)))))
}

/// Runs the child process that takes the place of the KMS.
fn kms() -> Result<(), Box<dyn Error>> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let key = load_signing_key(&PROVIDER, Zeroizing::new(receive(&mut stdin)?))?;
    // Ends when the parent process closes the pipe.
    while let Ok(message) = receive(&mut stdin) {
        send(&mut stdout, &key.sign(&message)?)?;
    }
    Ok(())
}

/// Sends bytes, prefixed with their length.
fn send(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&len.to_be_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

fn receive(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut len = [0; 4];
    from.read_exact(&mut len)?;
    let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(len)).map_err(io::Error::other)?];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}
