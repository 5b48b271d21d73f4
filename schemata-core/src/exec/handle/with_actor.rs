//! Handles that act for somebody: `db.as_actor("alice".to_owned())`.

use crate::schema::ColumnType;

use crate::exec::actor::SharedValue;
use crate::exec::executor::Executor;
use crate::exec::target::Target;

/// Handles that can act for somebody.
pub trait AsActor: Executor {
    /// This handle, with writes that set `created_by` and `updated_by` to `actor`, whatever the task's scope says. The
    /// value has the type of the audit columns.
    fn as_actor(&self, actor: impl ColumnType) -> WithActor<'_, Self> {
        WithActor { on: self, actor: SharedValue::new(actor) }
    }
}

impl<E: Executor + ?Sized> AsActor for E {}

/// A handle whose writes are those of one actor: see [`AsActor::as_actor`].
#[derive(Debug)]
pub struct WithActor<'e, E: ?Sized> {
    on: &'e E,
    actor: SharedValue,
}

impl<E: ?Sized> Clone for WithActor<'_, E> {
    fn clone(&self) -> Self {
        Self { on: self.on, actor: self.actor.clone() }
    }
}

impl<E: Executor + ?Sized> Executor for WithActor<'_, E> {
    fn target(&self) -> Target<'_> {
        self.on.target()
    }

    fn __actor(&self) -> Option<SharedValue> {
        Some(self.actor.clone())
    }
}
