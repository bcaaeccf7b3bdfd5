use std::error::Error;
use std::fmt;

/// Writes the causes of an error behind its own text, in one line, if the format is `{:#}`.
pub(crate) fn causes(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut cause = if f.alternate() { error.source() } else { None };
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    Ok(())
}
