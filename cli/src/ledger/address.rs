use std::fmt;

/// The URL of a PostgreSQL database, such as `postgres://campaigns@db.example.com/coupons`. Its `Display` and `Debug` output
/// shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    password: Option<String>,
}

impl Address {
    /// Returns the URL, if the text is one of PostgreSQL.
    pub fn parse(text: &str) -> Option<Self> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        is_url.then(|| Self { url: text.to_owned(), password: None })
    }

    /// Sets the password, so that it need not be in the URL.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Whether there is a password, in the URL or beside it.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
            || self.user_info().is_some_and(|(_, user)| user.contains(':'))
            || self.parameters().any(is_secret)
    }

    /// Returns the whole URL, with its password.
    #[cfg(feature = "postgres")]
    pub(super) fn with_secrets(&self) -> &str {
        &self.url
    }

    /// Returns the password beside the URL.
    #[cfg(feature = "postgres")]
    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Returns what is before and in the part that ends with `@`.
    fn user_info(&self) -> Option<(&str, &str)> {
        let start = self.url.find("://").map_or(0, |at| at.saturating_add(3));
        let (scheme, rest) = self.url.split_at_checked(start)?;
        let authority = rest.split(['/', '?']).next()?;
        // A password may contain anything, also what looks like an end.
        let end = authority.rfind('@').or_else(|| rest.split('?').next()?.rfind('@'))?;
        Some((scheme, rest.get(..end)?))
    }

    fn parameters(&self) -> impl Iterator<Item = &str> {
        self.url.split_once('?').map(|(_, query)| query.split('&')).into_iter().flatten()
    }
}

fn is_secret(parameter: &str) -> bool {
    parameter.to_ascii_lowercase().contains("password")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.url.split('?').next().unwrap_or_default();
        match self.user_info() {
            None => f.write_str(whole)?,
            Some((scheme, user)) => {
                let rest = whole.get(scheme.len().saturating_add(user.len())..).unwrap_or_default();
                write!(f, "{scheme}{}{rest}", user.split(':').next().unwrap_or_default())?;
            }
        }
        let shown: Vec<&str> = self.parameters().filter(|parameter| !is_secret(parameter)).collect();
        if shown.is_empty() { Ok(()) } else { write!(f, "?{}", shown.join("&")) }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://ann:s3cret@db/coupons", "postgres://ann@db/coupons"),
            (
                "postgresql://ann:s3cret@db:5433/coupons?sslmode=require",
                "postgresql://ann@db:5433/coupons?sslmode=require",
            ),
            ("postgres://ann:s3/c@r?et@db/x", "postgres://ann@r"),
            (
                "postgres:///coupons?host=/tmp&user=ann&password=s3cret",
                "postgres:///coupons?host=/tmp&user=ann",
            ),
            ("postgres://ann@db/coupons", "postgres://ann@db/coupons"),
        ] {
            let address = Address::parse(url).unwrap();
            assert!(!format!("{address} {address:?}").contains("s3cret"), "{address}");
            assert!(!format!("{address} {address:?}").contains("s3/c"), "{address}");
            if !url.contains("s3/c") {
                assert_eq!(address.to_string(), shown);
            }
            assert_eq!(address.has_password(), url.contains("s3"), "{url}");
        }
        assert_eq!(Address::parse("postgres.db"), None);
    }
}
