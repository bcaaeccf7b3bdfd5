//! From settings to keys.

use super::content::{Content, Name};
use super::error::{SettingProblem, SettingsError};
use super::loaded::Settings;
use super::names::{CERT, MCHID, PLATFORM_CERT, PRIVATE_KEY, PUBLIC_KEY, PUBLIC_KEY_ID, SERIAL_NO};
use crate::client::Client;
use crate::crypto::{self, CryptoProvider, KeyError, serial};
use crate::merchant::Merchant;
use crate::platform::PlatformKeys;

impl Settings {
    /// Loads the keys and creates the client. `provider` signs, verifies and decrypts.
    ///
    /// # Errors
    /// [`SettingsError`] with every variable whose key or certificate cannot be used or does not belong to the others.
    pub fn client(&self, provider: &CryptoProvider) -> Result<Client, SettingsError> {
        let (merchant, platform) = match (self.merchant(provider), self.platform_keys(provider)) {
            (Ok(merchant), Ok(platform)) => (merchant, platform),
            (Err(merchant), Err(platform)) => return Err(merchant.and(platform)),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
        };
        let client = Client::new(merchant, platform).map_err(|error| {
            let public = match (&error, &self.public_key) {
                (KeyError::MerchantKeyAsPlatformKey { serial, .. }, Some((id, key))) => {
                    (id.as_str() == serial || self.platform_certificate.is_none()).then_some(key)
                }
                _ => None,
            };
            let content = public.or(self.platform_certificate.as_ref());
            let variable = content.map_or(PUBLIC_KEY.file, |content| content.variable);
            SettingProblem::new(variable, "is the merchant's own").because(error)
        })?;
        let mut client = client.with_base_url(self.base_url.clone());
        if let Some(backup) = &self.backup {
            client = client.with_backup(backup.clone());
        }
        if let Some(key) = &self.api_v3_key {
            client = client.with_api_v3_key(provider, key.clone());
        }
        Ok(client)
    }

    /// Loads the merchant's key. With a certificate, merchant number, serial number and key are compared with it.
    ///
    /// # Errors
    /// [`SettingsError`] when the key or the certificate cannot be used, or they do not belong together.
    pub fn merchant(&self, provider: &CryptoProvider) -> Result<Merchant, SettingsError> {
        let Some(key) = &self.private_key else {
            return Err(SettingsError::new(PRIVATE_KEY.file, "is not set"));
        };
        match &self.certificate {
            Some(certificate) => self.certified(provider, key, certificate),
            None => {
                let (Some(mchid), Some(serial_no)) = (&self.mchid, &self.serial_no) else {
                    return Err(SettingsError::new(SERIAL_NO, "is not set"));
                };
                Merchant::from_pem(provider, mchid.clone(), serial_no.as_str(), &key.bytes).map_err(|error| {
                    match &error {
                        KeyError::Serial { .. } => {
                            SettingProblem::new(SERIAL_NO, "is not usable").because(error).into()
                        }
                        KeyError::Mchid { .. } => {
                            SettingProblem::new(MCHID, "is not usable").because(error).into()
                        }
                        _ => unusable(key, PRIVATE_KEY, "private key of the merchant", error),
                    }
                })
            }
        }
    }

    fn certified(
        &self,
        provider: &CryptoProvider,
        key: &Content,
        certificate: &Content,
    ) -> Result<Merchant, SettingsError> {
        let (mchid, certificate_pem) = (self.mchid.clone(), &certificate.bytes);
        // By itself first, because its key and the private key can have the same faults.
        crypto::certificate(certificate_pem)
            .map_err(|error| unusable(certificate, CERT, "certificate of the merchant", error))?;
        let loaded = Merchant::from_certificate(provider, mchid, certificate_pem, &key.bytes);
        let merchant = loaded.map_err(|error| match &error {
            KeyError::Mchid { .. } => SettingProblem::new(MCHID, "is not usable").because(error).into(),
            KeyError::KeyMismatch => {
                let problem = format!("and {} do not belong together", certificate.variable);
                SettingProblem::new(key.variable, problem).because(error).into()
            }
            KeyError::Serial { .. } => unusable(certificate, CERT, "certificate of the merchant", error),
            _ => unusable(key, PRIVATE_KEY, "private key of the merchant", error),
        })?;
        if let Some(serial) = &self.serial_no {
            let given = serial::normal(serial);
            let given =
                given.map_err(|error| SettingProblem::new(SERIAL_NO, "is not usable").because(error))?;
            if given != merchant.serial_no() {
                let (actual, variable) = (merchant.serial_no(), certificate.variable);
                let problem =
                    format!("is not the serial number of the certificate in {variable}, which is {actual}");
                return Err(SettingsError::new(SERIAL_NO, problem));
            }
        }
        Ok(merchant)
    }

    /// Loads WeChat Pay's public key and certificate, if they are given.
    ///
    /// # Errors
    /// [`SettingsError`] when one of them cannot be used.
    pub fn platform_keys(&self, provider: &CryptoProvider) -> Result<PlatformKeys, SettingsError> {
        let keys = PlatformKeys::new();
        let mut problems = Vec::new();
        if let Some((id, key)) = &self.public_key
            && let Err(error) = keys.add_public_key(provider, id.as_str(), &key.bytes)
        {
            problems.extend(match error {
                KeyError::Serial { .. } => {
                    vec![SettingProblem::new(PUBLIC_KEY_ID, "is not usable").because(error)]
                }
                error => unusable(key, PUBLIC_KEY, "public key of WeChat Pay", error).into_problems(),
            });
        }
        if let Some(certificate) = &self.platform_certificate
            && let Err(error) = keys.add_certificate(provider, &certificate.bytes)
        {
            let error = unusable(certificate, PLATFORM_CERT, "certificate of WeChat Pay", error);
            problems.extend(error.into_problems());
        }
        SettingsError::of(problems)?;
        Ok(keys)
    }
}

fn unusable(content: &Content, name: Name, what: &str, error: KeyError) -> SettingsError {
    SettingProblem::new(content.variable, content.unusable(name, what)).because(error).into()
}
