use wechatpay_core::cashcoupons::{FlowError, FlowRow};
use wechatpay_core::types::Fen;

use super::flow::{FlowFile, FlowKind, Imported};
use super::line::Line;
use super::refund_columns;
use crate::ledger::LedgerError;

/// What was read of a flow file.
pub(in crate::ledger) struct Reading<'a> {
    file: &'a FlowFile,
    pub(in crate::ledger) imported: Imported,
}

impl<'a> Reading<'a> {
    pub(in crate::ledger) fn of(file: &'a FlowFile) -> Self {
        Self { file, imported: Imported::default() }
    }

    /// Reads what comes next. `None` is the end of a file that states another number of rows.
    pub(in crate::ledger) fn row(
        &mut self,
        row: Result<FlowRow, FlowError>,
    ) -> Result<Option<Line>, LedgerError> {
        let (row, unread) = match row {
            Ok(row) => (row, None),
            Err(FlowError::Row(unread)) => (unread.readable().clone(), Some(*unread)),
            Err(FlowError::Count { expected, .. }) => {
                self.imported.stated_rows = Some(expected);
                return Ok(None);
            }
            Err(error) => return Err(LedgerError::Flow(error)),
        };
        let imported = &mut self.imported;
        imported.rows = imported.rows.saturating_add(1);
        if let Some(stock_id) = row.stock_id.as_ref().filter(|stock| **stock != self.file.stock_id) {
            let (stock_id, given) = (stock_id.to_string(), self.file.stock_id.to_string());
            return Err(LedgerError::OtherStock { row: imported.rows, stock_id, given });
        }
        if self.file.kind == FlowKind::Use && refund_columns::has_any(&row) {
            return Err(LedgerError::IsRefunds);
        }
        let line = Line::new(self.file.kind, imported.rows, &row, unread.as_ref())?;
        imported.unread = imported.unread.saturating_add(line.problem.is_some().into());
        let fen = Fen::new(line.fen.unwrap_or_default());
        imported.total = imported.total.checked_add(fen).unwrap_or(imported.total);
        Ok(Some(line))
    }
}

impl FlowFile {
    /// Reads the rows of this file, as [`import_flow`](crate::ledger::Ledger::import_flow) would, and adds them to no
    /// ledger.
    ///
    /// # Errors
    /// [`LedgerError::Flow`] if it is no flow file, or is truncated. [`LedgerError::OtherStock`] if it is of another stock,
    /// [`LedgerError::IsRefunds`] if refunds were given as redemptions.
    pub fn read(
        &self,
        rows: impl IntoIterator<Item = Result<FlowRow, FlowError>>,
    ) -> Result<Imported, LedgerError> {
        let mut reading = Reading::of(self);
        rows.into_iter().try_for_each(|row| reading.row(row).map(drop))?;
        Ok(reading.imported)
    }
}
