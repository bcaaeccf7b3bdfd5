//! Reports which of a merchant's key, serial number, APIv3 key, clock and platform key is wrong.
//!
//! ```text
//! cargo run --example doctor   # with WECHATPAY_* set: that merchant; otherwise a sandbox's, which has no fault
//! ```
//!
//! It changes nothing: it calls only 商户签名验签／加解密测试 and 获取平台证书列表.

#[path = "../common/mod.rs"]
mod common;
mod diagnosis;

use std::error::Error;
use std::process::ExitCode;

use wechatpay_ureq::core::types::Mchid;
use wechatpay_ureq::core::{BuildError, DownloadCertificates, SecurityEcho};
use wechatpay_ureq::{Client, PROVIDER, settings_from_env};

fn main() -> ExitCode {
    match examine() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("✗ {}", common::described(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn examine() -> Result<bool, Box<dyn Error>> {
    if !common::is_configured() {
        let (server, settings, _) = common::sandbox()?;
        println!("No WECHATPAY_* is set: using the merchant of a sandbox at {}.\n", server.url());
        return Ok(consult(&Client::from_settings(&settings)?));
    }
    let settings = settings_from_env()?;
    let mchid = |mchid: &Mchid| println!("✓ {mchid} at {}", settings.base_url());
    settings.mchid().map(mchid);
    let merchant = settings.merchant(&PROVIDER)?;
    if settings.mchid().is_none() {
        mchid(merchant.mchid());
    }
    println!("✓ the private key can be used (商户 API 私钥)");
    if settings.has_certificate() {
        println!("✓ key, certificate and serial number belong together");
    }
    let platform = settings.platform_keys(&PROVIDER)?;
    println!("✓ the platform's keys can be used: {}", platform.serials().join(", "));
    Ok(consult(&Client::from_settings(&settings)?))
}

/// Runs the checks that need the platform. Returns whether all of them succeed.
fn consult(client: &Client) -> bool {
    // This check runs first because the certificates it downloads verify all other responses.
    let key = say("the platform certificates", api_v3_key(client));
    let echo = say("the self-test", echo(client));
    key && echo && say("encryption", encrypted_echo(client))
}

fn say(what: &str, result: Result<String, String>) -> bool {
    match &result {
        Ok(good) => println!("✓ {good}"),
        Err(bad) => println!("✗ {what}: {bad}"),
    }
    result.is_ok()
}

fn api_v3_key(client: &Client) -> Result<String, String> {
    match client.send(&DownloadCertificates) {
        Ok(list) if list.is_empty() => Ok(diagnosis::NO_CERTIFICATES.to_owned()),
        Ok(list) => Ok(format!("the APIv3 key is right: it decrypts {} platform certificate(s)", list.len())),
        Err(wechatpay_ureq::core::Error::Build(BuildError::NoApiV3Key)) => {
            Ok("no APIv3 key given (WECHATPAY_API_V3_KEY): not tested".to_owned())
        }
        Err(error) if error.api().is_some_and(|api| api.hint().is_some()) => {
            Ok(diagnosis::NO_CERTIFICATES.to_owned())
        }
        Err(error) => Err(diagnosis::of(&error)),
    }
}

fn echo(client: &Client) -> Result<String, String> {
    let answer = client.send(&SecurityEcho::new("hello")).map_err(|error| diagnosis::of(&error))?;
    match answer.echo_message.as_str() {
        "hello" => Ok(
            "key, serial number, clock and platform key are right: the response to the self-test is verified"
                .into(),
        ),
        _ => Err("the platform returned another text".to_owned()),
    }
}

fn encrypted_echo(client: &Client) -> Result<String, String> {
    let platform = client.core().platform();
    let sealed =
        platform.seal("secret", common::unix_seconds()).map_err(|error| common::described(&error))?;
    let answer = client.send(&SecurityEcho::new("hello").encrypted(sealed));
    let answer = answer.map_err(|error| diagnosis::of(&error))?;
    let Some(ciphertext) = &answer.encrypted_echo_message else {
        return Ok("the platform accepted the encrypted field, but returned no encrypted text".to_owned());
    };
    match client.core().merchant().open(ciphertext) {
        Ok(text) if text == b"secret" => Ok("sensitive fields can be encrypted and decrypted".to_owned()),
        Ok(_) => Err("the response decrypts to another text".to_owned()),
        Err(error) => Err(common::described(&error)),
    }
}
