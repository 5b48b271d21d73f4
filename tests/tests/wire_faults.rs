//! Every operation, with a fault at each of its messages and dropped at each of its polls.
//!
//! `FAULTS=all cargo test -p schemata-tests --test wire_faults` tries every case; otherwise it is one in `STRIDE`.

use std::time::Duration;

use schemata_tests::operations::{BATCHES, Operation, READS, Trial, UNITS, WRITES};
use schemata_tests::wire::{Fault, Plan, Sender};

/// The default: one case of this number is tried. It is prime, so that each fault meets each kind of message.
const STRIDE: usize = 83;

const FAULTS: [Fault; 7] = [
    Fault::Reset,
    Fault::End,
    Fault::Half,
    Fault::Silence,
    Fault::Late(Duration::from_millis(5)),
    Fault::Bytes,
    Fault::Pieces(Duration::from_millis(3)),
];

fn stride() -> usize {
    match std::env::var("FAULTS").ok() {
        None => STRIDE,
        Some(all) if all == "all" => 1,
        Some(stride) => stride.parse().expect("FAULTS is `all`, or one case in so many"),
    }
}

/// Tries every fault at every message of these operations, or a sample of them.
async fn faults(operations: &[Operation]) {
    let trial = Trial::new().await;
    let (mut cases, mut tried, mut wrong) = (0, 0, Vec::new());
    for operation in operations {
        let clean = trial.clean(operation).await;
        assert_eq!(clean, trial.clean(operation).await, "{}: runs alike each time", operation.name);
        for sender in [Sender::Client, Sender::Server] {
            for at in 1..=clean.messages.of(sender) {
                for fault in FAULTS {
                    cases += 1;
                    // What waits for a time limit takes seconds: a sample has fewer of it.
                    let waits = fault == Fault::Silence && stride() > 1;
                    if cases % (if waits { stride() * 40 } else { stride() }) != 0 {
                        continue;
                    }
                    let plan = Plan { fault, sender, at, connection: None };
                    let outcome = trial.faulty(operation, &clean, plan).await;
                    wrong.extend(outcome.err());
                    assert!(wrong.len() < 20, "{}", wrong.join("\n"));
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} of {cases} cases of {} operations", operations.len());
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried * stride() * 2 > cases && tried > operations.len() / 2, "{tried} of {cases}");
}

#[tokio::test]
async fn reads_survive_a_fault_at_any_message() {
    faults(READS).await;
}

#[tokio::test]
async fn writes_survive_a_fault_at_any_message() {
    faults(WRITES).await;
}

#[tokio::test]
async fn batches_survive_a_fault_at_any_message() {
    faults(BATCHES).await;
}

#[tokio::test]
async fn transactions_survive_a_fault_at_any_message() {
    faults(UNITS).await;
}

#[tokio::test]
async fn operations_survive_being_dropped_at_any_poll() {
    let trial = Trial::new().await;
    let (mut cases, mut tried, mut wrong) = (0, 0, Vec::new());
    // A poll has fewer cases than a message, since no fault is chosen.
    let stride = stride().div_ceil(7);
    for operation in [READS, WRITES, BATCHES, UNITS].into_iter().flatten() {
        let clean = trial.clean(operation).await;
        for polls in 1.. {
            cases += 1;
            // At least the last case of each operation is tried, because it tells how many there are.
            if cases % stride != 0 && polls < 40 {
                continue;
            }
            tried += 1;
            match trial.dropped(operation, &clean, polls).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(what) => wrong.push(what),
            }
            assert!(wrong.len() < 20, "{}", wrong.join("\n"));
        }
    }
    println!("{tried} of {cases} polls");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 40, "{tried}");
}
