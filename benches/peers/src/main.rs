//! Does the same work with Schemata, with the driver alone and with other libraries, in turns. `run.py` beside this package
//! starts the server, places both on processors, and makes a table of what this prints.
//!
//! usage: schemata-peers create URL
//!        schemata-peers measure URL PASSES CONTENDERS [CASE]...
//!        schemata-peers million URL CONTENDER
//!        schemata-peers list

mod case;
mod contender;
mod contenders;
mod data;
mod tables;

use std::fs;
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::case::{CASES, Case, Turn};
use crate::contender::{Contender, Failure};
use crate::contenders::{NAMES, connect};
use crate::tables::{State, Tables};

/// The rows of the largest insert.
const MILLION: i64 = 1_000_000;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments.as_slice() {
        ["create", url] => runtime.block_on(Tables::create(url)),
        ["measure", url, passes, names, cases @ ..] => {
            let names = names.split(',').collect();
            println!("{}", runtime.block_on(measure(url, passes.parse()?, names, cases))?);
            Ok(())
        }
        ["million", url, name] => {
            println!("{}", runtime.block_on(million(url, name))?);
            Ok(())
        }
        ["list"] => {
            let cases: Vec<String> = CASES.into_iter().map(Case::name).collect();
            println!("{}", json!({ "contenders": NAMES, "cases": cases }));
            Ok(())
        }
        _ => Err("usage: schemata-peers create | measure | million | list".into()),
    }
}

/// A contender's figures for a case.
#[derive(Default)]
struct Times {
    microseconds: Vec<f64>,
    /// The reason if there are none.
    reason: Option<String>,
}

/// Runs cases, all contenders in each pass, and returns the times of one call in microseconds.
async fn measure(url: &str, passes: usize, names: Vec<&str>, cases: &[&str]) -> Result<Value, Failure> {
    let mut tables = Tables::connect(url).await?;
    let mut contenders = Vec::new();
    for name in &names {
        contenders.push(connect(name, url).await?);
    }
    let cases: Vec<Case> =
        CASES.into_iter().filter(|case| cases.is_empty() || cases.contains(&&*case.name())).collect();
    let mut all: Vec<Vec<Times>> = cases.iter().map(|_| names.iter().map(|_| Times::default()).collect()).collect();
    for (case, times) in cases.iter().zip(&mut all) {
        for ((contender, name), times) in contenders.iter_mut().zip(&names).zip(times) {
            let checked = check(&mut tables, contender.as_mut(), *case).await;
            times.reason = checked.map_err(|error| format!("{name}, {}: {error}", case.name()))?;
        }
    }
    for pass in 0..passes {
        eprintln!("pass {} of {passes}", pass + 1);
        for (at, (case, times)) in cases.iter().zip(&mut all).enumerate() {
            for turn in 0..names.len() {
                let next = (turn + pass + at) % names.len();
                if times[next].reason.is_none() {
                    let took = turn_of(&mut tables, contenders[next].as_mut(), *case).await?;
                    times[next].microseconds.push(took);
                }
            }
        }
    }
    Ok(report(&cases, &names, &all))
}

fn report(cases: &[Case], names: &[&str], all: &[Vec<Times>]) -> Value {
    let of_case = |(case, times): (&Case, &Vec<Times>)| {
        let (mut microseconds, mut reasons) = (Map::new(), Map::new());
        for (name, times) in names.iter().zip(times) {
            match &times.reason {
                None => microseconds.insert((*name).to_owned(), json!(times.microseconds)),
                Some(reason) => reasons.insert((*name).to_owned(), json!(reason)),
            };
        }
        json!({ "case": case.name(), "microseconds": microseconds, "not_offered": reasons })
    };
    Value::Array(cases.iter().zip(all).map(of_case).collect())
}

/// Calls twice, and compares answers and tables with what they have to be. Returns why the contender does not offer the case,
/// if it does not.
async fn check(tables: &mut Tables, contender: &mut dyn Contender, case: Case) -> Result<Option<String>, Failure> {
    tables.bring(case.state()).await?;
    for numbers in [0..1, 1..2] {
        if let Turn::NotOffered(reason) = case.turn(contender, numbers).await? {
            return Ok(Some(reason.to_owned()));
        }
    }
    case.check(tables).await?;
    if case.writes() {
        tables.written(case.state());
    }
    Ok(None)
}

/// Calls once to warm up and then for the time of a turn. Returns the microseconds of one call.
async fn turn_of(tables: &mut Tables, contender: &mut dyn Contender, case: Case) -> Result<f64, Failure> {
    tables.bring(case.state()).await?;
    case.turn(contender, 0..1).await?;
    let turn = case.turn(contender, 1..1 + case.calls()).await?;
    if case.writes() {
        tables.written(case.state());
    }
    let Turn::Took(took) = turn else { return Err("offered before, and no longer".into()) };
    let calls = u32::try_from(case.calls() * case.times())?;
    Ok(took.as_secs_f64() * 1e6 / f64::from(calls))
}

/// Inserts a million rows from an iterator, and returns the seconds and the process's largest resident size.
async fn million(url: &str, name: &str) -> Result<Value, Failure> {
    let mut tables = Tables::connect(url).await?;
    let mut contender = connect(name, url).await?;
    tables.bring(State::NoUsers).await?;
    let before = status("VmRSS")?;
    let started = Instant::now();
    let inserted = match contender.insert_from(Box::new((1..=MILLION).map(data::new_user))) {
        Err(reason) => return Ok(json!({ "not_offered": reason })),
        Ok(work) => work.await?.rows(),
    };
    let seconds = started.elapsed().as_secs_f64();
    let peak = status("VmHWM")?;
    let counted = tables.count().await?;
    if inserted != MILLION.unsigned_abs() || counted != MILLION {
        return Err(format!("{name}: {inserted} rows were said to be inserted, and {counted} are there").into());
    }
    Ok(json!({ "seconds": seconds, "before_kib": before, "peak_kib": peak }))
}

/// Reads a size in KiB that Linux knows of this process.
fn status(field: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim_matches(|c: char| !c.is_ascii_digit()).parse()?)
}
