//! A bounded map from SQL text to a value that evicts the entry used least recently.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A bounded map from SQL text to a value.
pub(crate) struct Lru<V> {
    capacity: usize,
    state: Mutex<State<V>>,
}

struct State<V> {
    entries: HashMap<Box<str>, Entry<V>>,
    /// Incremented with each use, to order entries by their last use.
    clock: u64,
    /// The epoch of the entries; see [`Lru::get`].
    epoch: u64,
}

struct Entry<V> {
    value: V,
    last_used: u64,
}

impl<V: Clone> Lru<V> {
    /// Creates a map of at most `capacity` values; 0 is allowed.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::new(State { entries: HashMap::new(), clock: 0, epoch: 0 }) }
    }

    /// Returns the value of `text`. If `epoch` is not that of the entries, removes them all and returns true as the second
    /// part.
    pub(crate) fn get(&self, text: &str, epoch: u64) -> (Option<V>, bool) {
        let mut state = self.lock();
        if state.epoch != epoch {
            state.epoch = epoch;
            state.entries.clear();
            return (None, true);
        }
        state.clock += 1;
        let now = state.clock;
        let value = state.entries.get_mut(text).map(|entry| {
            entry.last_used = now;
            entry.value.clone()
        });
        (value, false)
    }

    /// Adds a value. A full map evicts the value used least recently; searching for it costs less than the round trip that a
    /// new statement takes.
    pub(crate) fn insert(&self, text: &str, value: V) {
        if self.capacity == 0 {
            return;
        }
        let mut state = self.lock();
        if state.entries.len() >= self.capacity && !state.entries.contains_key(text) {
            let oldest = state.entries.iter().min_by_key(|(_, entry)| entry.last_used).map(|(text, _)| text.clone());
            if let Some(oldest) = oldest {
                state.entries.remove(&oldest);
            }
        }
        state.clock += 1;
        let last_used = state.clock;
        state.entries.insert(text.into(), Entry { value, last_used });
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

    #[test]
    fn evicts_the_value_used_least_recently() {
        let lru = Lru::new(2);
        lru.insert("a", 1);
        lru.insert("b", 2);
        assert_eq!(lru.get("a", 0).0, Some(1));
        lru.insert("c", 3);
        assert_eq!((lru.get("a", 0).0, lru.get("b", 0).0, lru.get("c", 0).0), (Some(1), None, Some(3)));
    }

    #[test]
    fn removes_all_with_a_new_epoch() {
        let lru = Lru::new(2);
        lru.insert("a", 1);
        assert_eq!(lru.get("a", 1), (None, true));
        assert_eq!(lru.get("a", 1), (None, false));
    }

    #[test]
    fn holds_nothing_with_capacity_zero() {
        let lru = Lru::new(0);
        lru.insert("a", 1);
        assert_eq!(lru.get("a", 0).0, None);
    }
}
