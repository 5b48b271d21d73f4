//! The `tracing` span of a call, with OpenTelemetry's database fields, and the event for a slow one. Neither holds values.

use std::time::{Duration, Instant};

use tracing::Span;

use crate::error::Error;
use crate::exec::purpose::Purpose;
use crate::sql::statement_text::TextRef;

/// Makes the span of one call. Costs one load and one comparison if no subscriber is interested.
pub(crate) fn span(purpose: Purpose, schema: &str) -> Span {
    tracing::info_span!(
        target: "schemata::query",
        "query",
        otel.kind = "client",
        otel.name = tracing::field::Empty,
        db.system.name = "postgresql",
        db.namespace = schema,
        db.operation.name = purpose.operation,
        db.collection.name = purpose.table,
        db.query.text = tracing::field::Empty,
        db.response.returned_rows = tracing::field::Empty,
        db.response.status_code = tracing::field::Empty,
        error.type = tracing::field::Empty,
        duration_ms = tracing::field::Empty,
    )
}

/// Measures one call and completes its span.
pub(crate) struct StatementSpan {
    span: Span,
    purpose: Purpose,
    started: Instant,
}

impl StatementSpan {
    /// Starts the measurement. `text` is shown, so it must hold placeholders instead of values; `None` if that is not
    /// certain.
    pub(crate) fn start(span: Span, purpose: Purpose, text: Option<TextRef<'_>>) -> Self {
        if !span.is_disabled() {
            span.record("otel.name", format_args!("{} {}", purpose.operation, purpose.table));
            if let Some(text) = text {
                span.record("db.query.text", &*text.text());
            }
        }
        Self { span, purpose, started: Instant::now() }
    }

    /// Returns when the call began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Ends the measurement with the number of rows, or the error.
    pub(crate) fn finish(self, outcome: Result<u64, &Error>, slow: Option<Duration>) {
        let elapsed = self.started.elapsed();
        if !self.span.is_disabled() {
            self.span.record("duration_ms", elapsed.as_secs_f64() * 1000.0);
            match outcome {
                Ok(rows) => {
                    self.span.record("db.response.returned_rows", rows);
                }
                Err(error) => {
                    self.span.record("error.type", tracing::field::debug(error.kind()));
                    if let Some(state) = error.sqlstate() {
                        self.span.record("db.response.status_code", state);
                    }
                }
            }
        }
        if slow.is_some_and(|limit| elapsed >= limit) {
            tracing::warn!(
                target: "schemata::slow",
                duration_ms = elapsed.as_secs_f64() * 1000.0,
                db.operation.name = self.purpose.operation,
                db.collection.name = self.purpose.table,
                rows = outcome.ok(),
                "slow query"
            );
        }
    }
}
