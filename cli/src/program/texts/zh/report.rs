pub(in crate::program::texts) const REPORT: &[(&str, &str)] = &[];
