//! A bounded map from the text of a statement to a value, which evicts the entry used least recently.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use crate::sql::statement_text::{KeptText, TextRef};

/// A bounded map from the text of a statement to a value.
pub(crate) struct Lru<V> {
    capacity: usize,
    state: Mutex<State<V>>,
}

struct State<V> {
    /// By the hash of the text. Of two texts with one hash, the one that was added last is kept.
    entries: HashMap<u64, Entry<V>, BuildHasherDefault<AsIs>>,
    /// Incremented with each use, to order entries by their last use.
    clock: u64,
    /// The epoch of the entries; see [`Lru::get`].
    epoch: u64,
}

struct Entry<V> {
    text: KeptText,
    value: V,
    last_used: u64,
}

/// Takes a hash for itself.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl<V: Clone> Lru<V> {
    /// Creates a map of at most `capacity` values; 0 is allowed.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::new(State { entries: HashMap::default(), clock: 0, epoch: 0 }) }
    }

    /// Returns the value of `text`. If `epoch` is not that of the entries, removes them all and returns true as the second
    /// part.
    pub(crate) fn get(&self, text: TextRef<'_>, epoch: u64) -> (Option<V>, bool) {
        let hash = text.hash();
        let mut state = self.lock();
        if state.epoch != epoch {
            state.epoch = epoch;
            state.entries.clear();
            return (None, true);
        }
        state.clock += 1;
        let now = state.clock;
        // A hash alone proves nothing.
        let entry = state.entries.get_mut(&hash).filter(|entry| text.is(&entry.text));
        let value = entry.map(|entry| {
            entry.last_used = now;
            entry.value.clone()
        });
        (value, false)
    }

    /// Returns the value of a text that is `text` in whichever parts. Searching for it costs less than the round trip that a new
    /// statement takes.
    pub(crate) fn get_written(&self, text: &str) -> Option<V> {
        let state = self.lock();
        state.entries.values().find(|entry| entry.text.text() == text).map(|entry| entry.value.clone())
    }

    /// Adds the value of `text`, which is written as `written`. A full map evicts the value used least recently; searching for it
    /// costs less than the round trip that a new statement takes.
    pub(crate) fn insert(&self, text: TextRef<'_>, written: Arc<str>, value: V) {
        if self.capacity == 0 {
            return;
        }
        let hash = text.hash();
        let mut state = self.lock();
        if state.entries.len() >= self.capacity && !state.entries.contains_key(&hash) {
            let oldest = state.entries.iter().min_by_key(|(_, entry)| entry.last_used).map(|(hash, _)| *hash);
            if let Some(oldest) = oldest {
                state.entries.remove(&oldest);
            }
        }
        state.clock += 1;
        let last_used = state.clock;
        state.entries.insert(hash, Entry { text: text.kept(written), value, last_used });
    }

    /// Returns the number of values.
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::writer::Sql;
    use TextRef::Written;

    fn insert(lru: &Lru<i32>, text: &str, value: i32) {
        lru.insert(Written(text), text.into(), value);
    }

    #[test]
    fn evicts_the_value_used_least_recently() {
        let lru = Lru::new(2);
        insert(&lru, "a", 1);
        insert(&lru, "b", 2);
        assert_eq!(lru.get(Written("a"), 0).0, Some(1));
        insert(&lru, "c", 3);
        let found = ["a", "b", "c"].map(|text| lru.get(Written(text), 0).0);
        assert_eq!((found, lru.len()), ([Some(1), None, Some(3)], 2));
    }

    #[test]
    fn finds_by_the_text_what_has_other_parts() {
        let (lru, mut one, mut other) = (Lru::new(2), Sql::default(), Sql::default());
        one.push("ab");
        other.push("a").push("b");
        lru.insert(TextRef::Parts(&one.text), "ab".into(), 1);
        assert_eq!(lru.get(TextRef::Parts(&one.text), 0).0, Some(1));
        assert_eq!(lru.get(TextRef::Parts(&other.text), 0).0, None);
        assert_eq!((lru.get_written("ab"), lru.get_written("a")), (Some(1), None));
    }

    #[test]
    fn removes_all_with_a_new_epoch() {
        let lru = Lru::new(2);
        insert(&lru, "a", 1);
        assert_eq!(lru.get(Written("a"), 1), (None, true));
        assert_eq!(lru.get(Written("a"), 1), (None, false));
    }

    #[test]
    fn holds_nothing_with_capacity_zero() {
        let lru = Lru::new(0);
        insert(&lru, "a", 1);
        assert_eq!(lru.get(Written("a"), 0).0, None);
    }
}
