//! One question, answered in one round trip by any connection of the pool.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::error::{Error, ErrorKind, Result};
use crate::exec::handle::db::Db;
use crate::exec::pool::pool;
use crate::exec::purpose::Purpose;

impl Db {
    /// Asks. Nothing is prepared or kept, so it costs one round trip behind a pooler, too.
    pub(crate) async fn ask(
        &self,
        purpose: Purpose,
        text: &str,
        values: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>> {
        let connection = pool::borrow(self.pool()).await?;
        let guard = connection.in_flight();
        let answer = connection.client().query_typed(text, values).await;
        let answer = answer.map_err(|source| purpose.failed(source, false));
        let is_lost = |error: &Error| matches!(error.kind(), ErrorKind::Connection | ErrorKind::OutcomeUnknown);
        if !answer.as_ref().is_err_and(is_lost) {
            guard.release();
        }
        answer
    }
}
