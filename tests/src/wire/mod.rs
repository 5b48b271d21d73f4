//! Proxies between a client and the server: one counts round trips, one loses a connection at a request, one applies a fault
//! to any message in either direction, one gives a client two sessions.

mod counting;
mod cutting;
mod ends;
mod faulty;
mod message;
mod sharing;

pub use counting::CountingProxy;
pub use cutting::{Cut, CuttingProxy};
pub use faulty::{Fault, FaultProxy, Plan, Seen, Sender};
pub use sharing::SharingProxy;
