//! The checks that ask the platform. They change nothing there.

use std::error::Error as StdError;

use wechatpay_hyper::Client;
use wechatpay_hyper::core::{BuildError, DownloadCertificates, Error, SecurityEcho};

use crate::program::clock::unix_seconds;
use crate::program::commands::doctor::diagnosis::{Diagnosis, of};
use crate::program::exit::Exit;
use crate::program::texts::{marked, said, text};

/// What a check found: a sentence, or why it failed.
pub(super) type Result = std::result::Result<String, Diagnosis>;

/// Downloads the platform's certificates, which needs the APIv3 key. Other responses may be signed with them.
pub(super) async fn certificates(client: &Client) -> Result {
    const NONE: &str = marked!(
        "no platform certificates: this merchant uses the public key (微信支付公钥). Only a callback can \
                        test the APIv3 key"
    );
    match client.send(&DownloadCertificates).await {
        Ok(list) if list.is_empty() => Ok(said(NONE).to_owned()),
        Ok(list) => Ok(text!(
            "the APIv3 key is right: it decrypts {count} platform certificate(s)",
            count = list.len()
        )),
        Err(Error::Build(BuildError::NoApiV3Key)) => {
            Ok(text!("no APIv3 key given (WECHATPAY_API_V3_KEY): not tested"))
        }
        Err(error) if error.api().is_some_and(|api| api.hint().is_some()) => Ok(said(NONE).to_owned()),
        Err(error) => Err(of(&error)),
    }
}

/// Asks the platform for an echo, which is signed in both directions.
pub(super) async fn echo(client: &Client) -> Result {
    client.send(&SecurityEcho::new("hello")).await.map_err(|error| of(&error))?;
    Ok(text!(
        "key, serial number, clock and platform key are right: the response to the self-test is verified"
    ))
}

/// Encrypts a text for the platform and decrypts the one that it returns.
pub(super) async fn encryption(client: &Client) -> Result {
    const TEXT: &str = "secret";
    let sealed = client.core().platform().seal(TEXT, unix_seconds()).map_err(|error| failed(&error))?;
    let answer = client.send(&SecurityEcho::new("hello").encrypted(sealed)).await;
    let answer = answer.map_err(|error| of(&error))?;
    let Some(ciphertext) = &answer.encrypted_echo_message else {
        return Ok(text!("the platform accepted the encrypted field, but returned no encrypted text"));
    };
    match client.core().merchant().open(ciphertext) {
        Ok(text) if text == TEXT.as_bytes() => Ok(text!("sensitive fields can be encrypted and decrypted")),
        Ok(_) => Err(diagnosed(text!("the response decrypts to another text"))),
        Err(error) => Err(failed(&error)),
    }
}

fn failed(error: &(dyn StdError + 'static)) -> Diagnosis {
    let mut causes = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    diagnosed(causes.join(": "))
}

fn diagnosed(says: String) -> Diagnosis {
    Diagnosis { cause: "encryption", says, differences: None, exit: Exit::Failed }
}
