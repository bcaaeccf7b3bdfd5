use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::config::Settings;
use crate::ledger::{Address, LedgerError};

/// Finds the password of a database in the text of a password file of PostgreSQL: lines of `host:port:database:user:password`,
/// in which `*` stands for everything and a backslash before `:` or a backslash for the character itself.
///
/// # Errors
/// [`LedgerError::Address`] if the URL cannot be used.
pub fn password_of(address: &Address, file: &str) -> Result<Option<String>, LedgerError> {
    let config = Settings::of(address)?.config;
    let wanted = Wanted::of(&config);
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    Ok(lines.map(fields).find_map(|fields| wanted.matches(fields)))
}

/// What a line must have.
struct Wanted {
    host: String,
    port: String,
    database: String,
    user: String,
}

impl Wanted {
    fn of(config: &Config) -> Self {
        let user = config.get_user().unwrap_or_default().to_owned();
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            // A socket of this machine, or an address without a name.
            _ => "localhost".to_owned(),
        };
        Self {
            host,
            port: config.get_ports().first().unwrap_or(&5432).to_string(),
            database: config.get_dbname().map_or_else(|| user.clone(), str::to_owned),
            user,
        }
    }

    fn matches(&self, fields: Vec<String>) -> Option<String> {
        let [host, port, database, user, password] = fields.try_into().ok()?;
        let pairs = [(host, &self.host), (port, &self.port), (database, &self.database), (user, &self.user)];
        pairs.iter().all(|(field, wanted)| field == "*" || field == *wanted).then_some(password)
    }
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut chars) = (vec![String::new()], line.chars());
    while let Some(char) = chars.next() {
        let last = fields.len().saturating_sub(1);
        match (char, fields.get_mut(last)) {
            (':', _) => fields.push(String::new()),
            ('\\', Some(field)) => field.extend(chars.next()),
            (char, Some(field)) => field.push(char),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_matches_counts() {
        let file = "# host:port:database:user:password\n\
                    db:5432:other:ann:no\n\
                    db:5432:coupons:ann:s\\:3\\\\cret\n\
                    *:*:*:*:last\n\
                    half:of\n";
        let find = |url: &str| password_of(&Address::parse(url).unwrap(), file).unwrap();
        assert_eq!(find("postgres://ann@db/coupons").as_deref(), Some(r"s:3\cret"));
        assert_eq!(find("postgres://ann@db:5433/coupons").as_deref(), Some("last"));
        assert_eq!(find("postgres:///coupons?host=/tmp&user=ann").as_deref(), Some("last"));
        let of_socket = "localhost:5432:coupons:ann:socket";
        let address = Address::parse("postgres:///coupons?host=/tmp&user=ann").unwrap();
        assert_eq!(password_of(&address, of_socket).unwrap().as_deref(), Some("socket"));
        assert_eq!(password_of(&address, "").unwrap(), None);
    }
}
