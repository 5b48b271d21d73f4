//! Causes the faults, one per second in turn.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use schemata_tests::catalog::connect;
use schemata_tests::dice::Dice;
use schemata_tests::wire::{Fault, FaultProxy, Plan, Sender};

const CUTS: [Fault; 4] = [Fault::Reset, Fault::End, Fault::Half, Fault::Silence];
const DELAYS: [Fault; 3] =
    [Fault::Late(Duration::from_millis(30)), Fault::Bytes, Fault::Pieces(Duration::from_millis(20))];

/// The faults, and what they act on.
pub struct Faults<'p> {
    url: String,
    proxy: &'p FaultProxy,
    dice: Dice,
    done: BTreeMap<&'static str, usize>,
    /// The server was restarted.
    pub restarted: bool,
}

impl<'p> Faults<'p> {
    /// Prepares faults for the database at `url`, and for the proxy to it.
    pub fn new(url: &str, proxy: &'p FaultProxy) -> Self {
        Self { url: url.to_owned(), proxy, dice: Dice::new(7), done: BTreeMap::new(), restarted: false }
    }

    /// Causes the fault of this second.
    pub async fn next(&mut self, second: usize) {
        let sql = match second % 6 {
            1 => {
                self.lose(&CUTS, "lost on the wire");
                return;
            }
            2 => {
                self.count("backends killed");
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'soak' ORDER BY random() LIMIT 1"
            }
            3 => {
                self.count("tables locked for longer than a statement may take");
                "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(0.9); COMMIT"
            }
            4 => {
                self.lose(&DELAYS, "late or in pieces");
                return;
            }
            5 => {
                self.count("tables changed");
                // Statements then return another type, and prepared ones are stale.
                if second % 12 == 5 {
                    "ALTER TABLE orders ALTER status TYPE text; ALTER TABLE orders ADD COLUMN note text"
                } else {
                    "ALTER TABLE orders ALTER status TYPE varchar(20); ALTER TABLE orders DROP COLUMN IF EXISTS note"
                }
            }
            _ => {
                self.count("statements cancelled");
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'soak'
                 AND state <> 'idle' ORDER BY random() LIMIT 2"
            }
        };
        connect(&self.url).await.batch_execute(sql).await.expect("the fault happens");
    }

    fn lose(&mut self, faults: &[Fault], name: &'static str) {
        self.count(name);
        let (fault, sender) = (self.dice.pick(faults), self.dice.pick(&[Sender::Client, Sender::Server]));
        let at = 1 + usize::try_from(self.dice.roll(40)).expect("small");
        self.proxy.arm(Some(Plan { fault, sender, at, connection: None }));
    }

    fn count(&mut self, name: &'static str) {
        *self.done.entry(name).or_default() += 1;
    }
}

impl fmt::Display for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.done.iter().try_for_each(|(name, times)| write!(f, "{times} {name}, "))?;
        write!(f, "server restarted: {}", self.restarted)
    }
}
