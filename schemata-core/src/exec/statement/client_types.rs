//! The types of parameters of statements that ran on the driver's own clients. A client keeps no prepared statements, but a
//! statement whose types are known takes one round trip.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use crate::exec::connect::session_id::{SessionId, session_id};
use crate::sql::lru::Lru;
use crate::sql::statement_text::TextRef;

/// The most sessions whose statements are known.
const SESSIONS: usize = 64;

/// The most statements per session.
const STATEMENTS: usize = 256;

/// A statement whose types are known: its text, and the types of its parameters.
pub(crate) type TypedStatement = (Arc<str>, Arc<[Type]>);

type Known = Arc<Lru<TypedStatement>>;

/// The sessions, each with its statements and the time of its last use.
#[derive(Default)]
struct Sessions {
    known: HashMap<SessionId, (Known, u64)>,
    clock: u64,
}

fn sessions() -> MutexGuard<'static, Sessions> {
    static SESSIONS: LazyLock<Mutex<Sessions>> = LazyLock::new(Mutex::default);
    SESSIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The statements of one client.
pub(crate) struct ClientTypes(Option<Known>);

impl ClientTypes {
    /// Returns what is known of the statements of `client`.
    pub(crate) fn of(client: &Client) -> Self {
        Self(session_id(client).map(|session| sessions().statements(session)))
    }

    /// Returns the statement with this text.
    pub(crate) fn find(&self, text: TextRef<'_>) -> Option<TypedStatement> {
        self.0.as_ref().and_then(|known| known.get(text, 0).0)
    }

    /// Notes the types of a statement. Types that are not PostgreSQL's own may be created again under another number, so they have to
    /// be asked for each time.
    pub(crate) fn note(&self, text: TextRef<'_>, written: &str, statement: &Statement) {
        let is_own = |ty: &Type| Type::from_oid(ty.oid()).is_some();
        if let Some(known) = self.0.as_ref().filter(|_| statement.params().iter().all(is_own)) {
            let written: Arc<str> = written.into();
            known.insert(text, Arc::clone(&written), (written, statement.params().into()));
        }
    }

    /// Forgets the statements, because a type may have changed. Returns whether there were any.
    pub(crate) fn forget(client: &Client) -> bool {
        session_id(client).is_some_and(|session| sessions().known.remove(&session).is_some())
    }
}

impl Sessions {
    fn statements(&mut self, session: SessionId) -> Known {
        self.clock += 1;
        let now = self.clock;
        if let Some((known, last_used)) = self.known.get_mut(&session) {
            *last_used = now;
            return Arc::clone(known);
        }
        if self.known.len() >= SESSIONS {
            let oldest = self.known.iter().min_by_key(|(_, (_, last_used))| *last_used).map(|(session, _)| *session);
            if let Some(oldest) = oldest {
                self.known.remove(&oldest);
            }
        }
        let known = Arc::new(Lru::new(STATEMENTS));
        self.known.insert(session, (Arc::clone(&known), now));
        known
    }
}
