//! One row of a batch of updates.

use std::fmt;

use crate::exec::actor::SharedValue;
use crate::model::draft::Draft;
use crate::model::kind::Update;
use crate::model::write::Write;
use crate::sql::write::Cells;

/// One row's change.
pub(crate) struct Item {
    pub(crate) kind: Update,
    pub(crate) cells: Cells,
    pub(crate) actor: Option<SharedValue>,
}

impl Item {
    /// Whether one statement can do both.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let columns = |item: &Self| -> Vec<usize> { item.cells.iter().map(|(column, _)| *column).collect() };
        columns(self) == columns(other)
            && self.kind.removed == other.kind.removed
            && self.kind.version.is_some() == other.kind.version.is_some()
    }
}

/// One update of a batch: `Order::update(key).status("shipped")`, or a key and a patch.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update of one row",
    note = "write `Model::update(key)` with its setters, or a pair of a key and a patch"
)]
pub trait RowUpdate {
    /// The model.
    type Model;
    #[doc(hidden)]
    fn __item(self) -> UpdateItem;
}

/// One update of a batch.
#[doc(hidden)]
pub struct UpdateItem(pub(crate) Item);

impl fmt::Debug for UpdateItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UpdateItem")
    }
}

impl<W: Write<Kind = Update>> RowUpdate for W {
    type Model = W::Model;

    fn __item(self) -> UpdateItem {
        let Draft { kind, cells, actor, .. } = self.__unwrap();
        UpdateItem(Item { kind, cells, actor })
    }
}
