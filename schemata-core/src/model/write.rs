//! Inserts and updates as they are built: which columns are set so far, and whether that is enough to run.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use crate::error::Result;
use crate::exec::Executor;
use crate::param::Param;
use crate::schema::{ColumnType, IntoValue};

/// Columns set so far, and what they are for.
pub struct Draft<K> {
    pub(crate) kind: K,
    /// Positions in the table's columns, each with its value, in the order they were set.
    pub(crate) values: Vec<(usize, Param)>,
}

impl<K> Draft<K> {
    pub(crate) fn new(kind: K) -> Self {
        Self { kind, values: Vec::new() }
    }
}

impl<K> fmt::Debug for Draft<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<usize> = self.values.iter().map(|(column, _)| *column).collect();
        f.debug_struct("Draft").field("columns", &set).finish_non_exhaustive()
    }
}

/// The state of a column that was set.
#[derive(Debug)]
pub enum Set {}

/// The state of a column of type `T` that was not set. The derive makes one type a column for `C`, named after it.
#[derive(Debug)]
pub struct Unset<C, T>(PhantomData<fn() -> (C, T)>);

/// A type whose columns may be left out of an insert: an `Option`, which is NULL then. `C` names the column.
#[diagnostic::on_unimplemented(
    message = "required column `{C}` is not set",
    label = "`{C}` is missing here",
    note = "call `.{C}(…)` before this, or give the column a `default` or `default_sql`, or make its type an `Option`"
)]
pub trait Omittable<C> {}

impl<C, T> Omittable<C> for Option<T> {}

/// Every column that must be set is: the state of one column, or tuples of states.
#[diagnostic::on_unimplemented(message = "required columns are not set: `{Self}`")]
pub trait Complete {}

impl Complete for Set {}

impl<C, T: Omittable<C>> Complete for Unset<C, T> {}

macro_rules! tuples {
    ($(($($state:ident)*))*) => {$(
        impl<$($state: Complete),*> Complete for ($($state,)*) {}
    )*};
}

tuples! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

/// A value to set a column of type `T` to: whatever is [`IntoValue<T>`].
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be set to a value of type `{Self}`",
    label = "expected `{T}`"
)]
pub trait Assign<T> {
    #[doc(hidden)]
    fn __param(self) -> Param;
}

impl<T: ColumnType, V: IntoValue<T>> Assign<T> for V {
    fn __param(self) -> Param {
        Box::new(self.into_value())
    }
}

/// A value to find a column of type `T` by: whatever is [`IntoValue`] of the type without its `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{T}` cannot be found by a value of type `{Self}`",
    label = "expected `{T}`"
)]
pub trait Sought<T> {
    #[doc(hidden)]
    fn __param(self) -> Param;
}

impl<T: ColumnType, V: IntoValue<T::Inner>> Sought<T> for V {
    fn __param(self) -> Param {
        Box::new(self.into_value())
    }
}

/// What a write does when it runs.
pub trait WriteKind<M>: Sized + Send + 'static {
    /// What running it yields.
    type Output;

    /// Runs the write.
    #[doc(hidden)]
    fn run<E: Executor + ?Sized>(draft: Draft<Self>, on: &E) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// A write in the making: what `Order::insert()` and `Order::update(key)` return, with one method a column beside
/// these.
pub trait Write: Sized {
    /// The model that is written.
    type Model: 'static;
    /// [`Insert`](crate::model::Insert) or [`Update`](crate::model::Update).
    type Kind: WriteKind<Self::Model>;
    /// The states of the columns that may be required, as a tuple.
    type Required;

    #[doc(hidden)]
    fn __wrap(draft: Draft<Self::Kind>) -> Self;

    #[doc(hidden)]
    fn __unwrap(self) -> Draft<Self::Kind>;

    /// Sets the column at `position`, moving to the state that has it.
    #[doc(hidden)]
    fn __set<Next, T>(self, position: usize, value: impl Assign<T>) -> Next
    where
        Next: Write<Kind = Self::Kind>,
    {
        let mut draft = self.__unwrap();
        draft.values.retain(|(column, _)| *column != position);
        draft.values.push((position, value.__param()));
        Next::__wrap(draft)
    }

    /// Runs the write. An insert yields the row as stored; an update yields it, or `None` where no row has the key.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) with PostgreSQL's refusal as its source;
    /// [`Error::NothingToSet`](crate::Error::NothingToSet) for an update without a column.
    fn exec<E: Executor + ?Sized>(self, on: &E) -> Running<'_, <Self::Kind as WriteKind<Self::Model>>::Output>
    where
        Self::Required: Complete,
    {
        Box::pin(Self::Kind::run(self.__unwrap(), on))
    }
}

/// A write under way. Boxed: with an opaque future here, the compiler would report a missing column three times.
pub type Running<'e, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'e>>;
