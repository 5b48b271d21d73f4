//! A handle whose writes are made by an actor: `db.as_actor("alice".to_owned())`.

use crate::schema::ColumnType;

use crate::exec::executor::Executor;
use crate::exec::executor::sealed::Sealed;
use crate::exec::target::Target;
use crate::param::Param;

/// Names the actor of a handle's writes. Implemented for every [`Executor`].
pub trait AsActor: Executor {
    /// Returns this handle with an actor: its writes set `created_by` and `updated_by` to `actor`, regardless of the task's
    /// [scope](crate::audit::as_actor). The value must have the type of the audit columns.
    fn as_actor(&self, actor: impl ColumnType) -> WithActor<'_, Self> {
        WithActor { on: self, actor: Param::new(actor) }
    }
}

impl<E: Executor + ?Sized> AsActor for E {}

/// A handle with an actor; see [`AsActor::as_actor`].
#[derive(Debug)]
pub struct WithActor<'e, E: ?Sized> {
    on: &'e E,
    actor: Param,
}

impl<E: ?Sized> Clone for WithActor<'_, E> {
    fn clone(&self) -> Self {
        Self { on: self.on, actor: self.actor.clone() }
    }
}

impl<E: Executor + ?Sized> Sealed for WithActor<'_, E> {}

impl<E: Executor + ?Sized> Executor for WithActor<'_, E> {
    fn target(&self) -> Target<'_> {
        self.on.target()
    }

    fn __actor(&self) -> Option<Param> {
        Some(self.actor.clone())
    }
}
