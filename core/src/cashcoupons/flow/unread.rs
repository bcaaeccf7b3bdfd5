use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::row::FlowRow;
use super::values::split;
use crate::types::stored_bytes;

/// A row of a flow file that could not be read as a whole. Nothing of it is lost.
///
/// It counts as a row, and can be stored as JSON, so that a ledger can keep it until somebody has looked at it.
/// `Debug` and `Display` show the number of the row and the problem, but no content.
///
/// ```
/// use wechatpay_core::cashcoupons::{FlowError, FlowRows, RowProblem};
///
/// let file = "优惠id,优惠金额（元）,消耗时间\n\
///             `18100032,`1.00,`2020/11/27 16:23:05\n\
///             总条数\n\
///             `1\n";
/// let mut rows = FlowRows::new(file.as_bytes(), None);
/// let Some(Err(FlowError::Row(unread))) = rows.next() else { panic!() };
/// assert_eq!(unread.to_string(), "row 1 of the flow file is invalid: 消耗时间 must be a time such as 2020-11-27 16:23:05");
/// assert!(matches!(unread.problem(), RowProblem::Value { column, .. } if column == "消耗时间"));
/// // The columns that could be read, and the one that could not.
/// assert_eq!(unread.readable().coupon_id.as_ref().unwrap().as_str(), "18100032");
/// assert_eq!(unread.readable().other("消耗时间"), Some("2020/11/27 16:23:05"));
/// // The row as it is in the file.
/// assert_eq!(unread.text(), Some("`18100032,`1.00,`2020/11/27 16:23:05"));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadRow {
    number: u64,
    problem: RowProblem,
    #[serde(with = "stored_bytes")]
    raw: Bytes,
    readable: FlowRow,
}

/// Why a row could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowProblem {
    /// The row is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A value has quotes that are not closed, or are followed by text.
    #[error("has quotes that are not closed, or are followed by text")]
    Quotes,
    /// The number of values differs from the number of columns.
    #[error("has {values} values, but the header line has {columns} columns")]
    Width {
        /// Number of values in the row.
        values: usize,
        /// Number of columns in the header line.
        columns: usize,
    },
    /// A value cannot be parsed.
    #[error("is invalid: {column} must be {expected}")]
    Value {
        /// Name of the first such column, as it is documented.
        column: Cow<'static, str>,
        /// The format that the value should have.
        expected: Cow<'static, str>,
    },
}

impl UnreadRow {
    pub(super) fn new(number: u64, problem: RowProblem, raw: &[u8], readable: FlowRow) -> Self {
        Self { number, problem, raw: Bytes::copy_from_slice(raw), readable }
    }

    /// Returns the number of the row, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns why the row could not be read.
    pub fn problem(&self) -> &RowProblem {
        &self.problem
    }

    /// Returns the bytes of the row as they are in the file, without the line end.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns the text of the row as it is in the file, or `None` if it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.raw).ok()
    }

    /// Returns the values of the row in their order, without backticks and quotes. Bytes that are not UTF-8 are replaced
    /// by U+FFFD.
    pub fn values(&self) -> Vec<String> {
        let values = split(&self.raw, true).values;
        values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// Returns the columns that could be read. A value that is no value of its column is in
    /// [`other`](FlowRow::other), under the column's name in the file.
    ///
    /// Contains only columns to which a value certainly belongs: none if the row has another number of values than
    /// there are columns, and only those before the wrong quotes if there are any.
    pub fn readable(&self) -> &FlowRow {
        &self.readable
    }
}

impl fmt::Display for UnreadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the flow file {}", self.number, self.problem)
    }
}

/// Omits the content, which may identify a person.
impl fmt::Debug for UnreadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadRow")
            .field("number", &self.number)
            .field("problem", &self.problem)
            .field("raw_len", &self.raw.len())
            .finish_non_exhaustive()
    }
}
