//! Amounts.

/// An amount in yuan, such as `12.05`, from fen.
pub(crate) fn yuan(fen: i64) -> String {
    let (sign, fen) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fen_become_yuan() {
        for (fen, expected) in [(0, "0.00"), (5, "0.05"), (1205, "12.05"), (-150, "-1.50")] {
            assert_eq!(yuan(fen), expected);
        }
    }
}
