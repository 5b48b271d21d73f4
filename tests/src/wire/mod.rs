//! Proxies between a client and the server: one counts round trips, one loses a connection at a request, one applies a fault
//! to any message in either direction.

mod counting;
mod cutting;
mod ends;
mod faulty;
mod message;

pub use counting::CountingProxy;
pub use cutting::{Cut, CuttingProxy};
pub use faulty::{Fault, FaultProxy, Plan, Seen, Sender};
