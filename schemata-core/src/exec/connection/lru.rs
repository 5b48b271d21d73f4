//! A bounded map that forgets what was used longest ago: a connection's prepared statements.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// At most so many values, by SQL text.
pub(crate) struct Lru<V> {
    capacity: usize,
    state: Mutex<State<V>>,
}

struct State<V> {
    entries: HashMap<Box<str>, Entry<V>>,
    /// Counts uses, so that the least recent one can be told.
    clock: u64,
    /// Raised by those who find that the schema has changed. What was learned before is forgotten.
    epoch: u64,
}

struct Entry<V> {
    value: V,
    used: u64,
}

impl<V: Clone> Lru<V> {
    /// Holds at most `capacity` values; with 0, none.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::new(State { entries: HashMap::new(), clock: 0, epoch: 0 }) }
    }

    /// The value of `text`, if it is known since `epoch`. Whatever is older is forgotten; the second part says so.
    pub(crate) fn get(&self, text: &str, epoch: u64) -> (Option<V>, bool) {
        let mut state = self.lock();
        if state.epoch != epoch {
            state.epoch = epoch;
            state.entries.clear();
            return (None, true);
        }
        state.clock += 1;
        let now = state.clock;
        let found = state.entries.get_mut(text).map(|entry| {
            entry.used = now;
            entry.value.clone()
        });
        (found, false)
    }

    /// Remembers `value`. When full, the value used longest ago makes room; looking for it costs less than the round
    /// trip that a new statement takes anyway.
    pub(crate) fn insert(&self, text: &str, value: V) {
        if self.capacity == 0 {
            return;
        }
        let mut state = self.lock();
        if state.entries.len() >= self.capacity && !state.entries.contains_key(text) {
            let oldest = state.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(text, _)| text.clone());
            if let Some(oldest) = oldest {
                state.entries.remove(&oldest);
            }
        }
        state.clock += 1;
        let used = state.clock;
        state.entries.insert(text.into(), Entry { value, used });
    }

    /// Returns how many values it holds.
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
    fn forgets_what_was_used_longest_ago() {
        let lru = Lru::new(2);
        lru.insert("a", 1);
        lru.insert("b", 2);
        assert_eq!(lru.get("a", 0).0, Some(1));
        lru.insert("c", 3);
        assert_eq!((lru.get("a", 0).0, lru.get("b", 0).0, lru.get("c", 0).0), (Some(1), None, Some(3)));
    }

    #[test]
    fn forgets_all_with_a_new_epoch() {
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
