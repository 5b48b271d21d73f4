//! The kinds of errors, by which a caller decides what to do. `classify` finds the kind of an error.

/// The kind of a failure. Kinds follow what a caller can do about them, so several SQLSTATEs may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A unique constraint or index is violated (23505).
    UniqueViolation,
    /// A foreign key is violated (23503, 23001).
    ForeignKeyViolation,
    /// A check constraint is violated (23514).
    CheckViolation,
    /// NULL in a column that is NOT NULL (23502).
    NotNullViolation,
    /// An exclusion constraint is violated (23P01).
    ExclusionViolation,
    /// Text that is too long for its column (22001).
    TooLong,
    /// A number or time out of its column's range (22003, 22008).
    OutOfRange,
    /// Any other value that its type cannot hold (class 22).
    InvalidValue,
    /// A serialization failure among concurrent transactions (40001). Retry the whole transaction.
    Serialization,
    /// A deadlock (40P01). Retry the whole transaction.
    Deadlock,
    /// A lock was not available, with `NOWAIT` or within `lock_timeout` (55P03).
    LockNotAvailable,
    /// The statement exceeded `statement_timeout` or was cancelled (57014).
    Cancelled,
    /// The pool had no free connection in time, or the server ended an idle transaction (25P03) or a long one (25P04).
    Timeout,
    /// The server cannot be reached, or the connection was lost before anything could have been written.
    Connection,
    /// The write may or may not have been committed: the connection was lost, or the server reports 40003. The library never
    /// retries it; read the data first.
    OutcomeUnknown,
    /// The role lacks the privilege (42501), or may not connect (class 28).
    NoPrivilege,
    /// A table, column, function or schema does not exist, for example because a migration is pending (42P01, 42703, …).
    UndefinedObject,
    /// SQL with an error in syntax or types (the other errors of class 42).
    Syntax,
    /// A write in a read-only transaction or on a standby (25006).
    ReadOnly,
    /// An earlier statement failed, so the transaction can only be rolled back (25P02).
    TransactionAborted,
    /// A migration changed the columns or types of a statement that was prepared before. Retry the whole transaction.
    StaleStatement,
    /// The server is out of connections, memory or disk (class 53).
    Resources,
    /// The statement exceeds a limit of PostgreSQL: its length, its nesting, its number of columns (class 54).
    TooComplex,
    /// The protocol's messages cannot carry the statement: too many parameters, values that are too large, a NUL in its
    /// text, or conditions nested too deeply. Nothing was sent.
    Unsendable,
    /// PostgreSQL refused a message because server and client disagree about the state of the session (08P01, 42P05),
    /// usually because a pooler shares it. The statement did not run.
    Protocol,
    /// `RAISE EXCEPTION` in a function or trigger (P0001).
    Raised,
    /// A row has a value that its Rust type cannot hold.
    Decode,
    /// No row has the key.
    NotFound,
    /// A trigger, a rule or a policy of the table prevented the write of a row without an error of PostgreSQL.
    Skipped,
    /// Values break rules of their columns or of the model; nothing was stored.
    Invalid,
    /// The row has changed since it was read. Read it again.
    Stale,
    /// An upsert conflicts with a removed row.
    Removed,
    /// The call itself is wrong, for example an update that sets nothing, or a handle of a transaction that has ended.
    Usage,
    /// The URL or a setting is wrong.
    Configuration,
    /// None of the above.
    Other,
}
