//! Steps as Rust: each is one statement of the migration function, in rustfmt's form as far as that is known.

use std::fmt::Write;

use crate::catalog::Difference;
use crate::generate::steps::frozen::FrozenModels;
use crate::generate::steps::schema_change::{SchemaChange, calls};
use crate::generate::steps::step::Step;
use crate::generate::text::literal::{block, literal, prose};

/// rustfmt's default width of a chain on one line.
const CHAIN: usize = 60;

/// The number of steps in one function: rustc's work grows faster than the number of awaits in a function.
const STEPS_PER_FUNCTION: usize = 50;

/// Returns the bodies of the migration's functions, indented once: one, or several that run one after the other. `left` are
/// the differences that the steps do not remove.
pub(crate) fn bodies(steps: &[Step], left: &[Difference]) -> Vec<String> {
    // The last function is not a small rest.
    let functions = steps.len().div_ceil(STEPS_PER_FUNCTION).max(1);
    let parts: Vec<&[Step]> = steps.chunks(steps.len().div_ceil(functions).max(1)).collect();
    let Some((last, before)) = parts.split_last() else { return vec![body(&[], left)] };
    let mut bodies: Vec<String> = before.iter().map(|steps| body(steps, &[])).collect();
    bodies.push(body(last, left));
    bodies
}

fn body(steps: &[Step], left: &[Difference]) -> String {
    let mut out = String::new();
    // A chain returns the migration's result, so none needs to follow the last one.
    let ends_in_chain = left.is_empty() && steps.last().is_some_and(is_chain);
    for (at, step) in steps.iter().enumerate() {
        let all: Vec<&[SchemaChange]> = calls(&step.changes).collect();
        if let Some(why) = &step.undecided {
            if at > 0 {
                out.push('\n');
            }
            undecided(why, &all, &mut out);
            if steps.get(at + 1).is_none_or(|next| next.undecided.is_none()) {
                out.push('\n');
            }
            continue;
        }
        for (nth, call) in all.iter().enumerate() {
            let last = ends_in_chain && at + 1 == steps.len() && nth + 1 == all.len();
            let (wait, end) = if last { (".await", "") } else { (".await?", ";") };
            write(&expression(call, wait), "    ", end, &mut out);
        }
    }
    for difference in left {
        out.push_str("    // Nothing above changes this: write the step, and remove the line that stops.\n");
        write(&[format!("m.undecided({})?", literal(&not_generated(difference)))], "    ", ";", &mut out);
    }
    if !ends_in_chain {
        out.push_str("    Ok(())\n");
    }
    out
}

/// Returns whether the last call of a decided step is a builder's.
fn is_chain(step: &Step) -> bool {
    step.undecided.is_none() && matches!(calls(&step.changes).last(), Some([first, ..]) if !first.is_sql())
}

/// Lists the decisions that a person has to make before the migration runs.
pub(crate) fn to_decide(steps: &[Step], left: &[Difference]) -> Vec<String> {
    steps.iter().filter_map(|step| step.undecided.clone()).chain(left.iter().map(not_generated)).collect()
}

/// Returns the frozen models that the steps need, as a module.
pub(crate) fn frozen(steps: &[Step]) -> String {
    steps.iter().flat_map(|step| &step.changes).filter_map(SchemaChange::frozen).map(FrozenModels::module).collect()
}

/// Returns the text about a difference that the steps leave.
fn not_generated(difference: &Difference) -> String {
    format!("not generated: {}", prose(&difference.to_string()))
}

/// Writes the call that stops the migration, and then the step as a comment.
fn undecided(why: &str, calls: &[&[SchemaChange]], out: &mut String) {
    out.push_str(if calls.is_empty() {
        "    // Decide: write what is needed here, and remove the line that stops.\n"
    } else {
        "    // Decide: uncomment the step, or change it, and remove the line that stops; or remove all of it.\n"
    });
    write(&[format!("m.undecided({})?", literal(&prose(why)))], "    ", ";", out);
    for call in calls {
        // A commented statement is one line: a line break in its text would end the comment.
        let lines = match call {
            [change] if change.is_sql() => {
                vec![format!("m.execute({}).await?", literal(&change.sql()))]
            }
            call => expression(call, ".await?"),
        };
        write(&lines, "    // ", ";", out);
    }
}

/// Returns the lines of one call, without its semicolon. A line may hold a literal of several lines.
fn expression(call: &[SchemaChange], end: &str) -> Vec<String> {
    let mut parts = vec!["m".to_owned()];
    let Some(first) = call.first() else { return parts };
    if let Some((table, _)) = first.altered() {
        parts.push(format!(".alter_table({})", literal(table)));
        for (_, action) in call.iter().filter_map(SchemaChange::altered) {
            let (method, arguments) = action.call();
            let arguments: Vec<String> = arguments.into_iter().map(literal).collect();
            parts.push(format!(".{method}({})", arguments.join(", ")));
        }
    } else if let Some(builder) = first.builder() {
        for (method, arguments) in builder.calls() {
            let arguments: Vec<String> = arguments.iter().map(|argument| literal(argument)).collect();
            parts.push(format!(".{method}({})", arguments.join(", ")));
        }
    } else if let Some(frozen) = first.frozen() {
        parts.push(frozen.call());
    } else {
        let text =
            if let SchemaChange::CreateTable { .. } | SchemaChange::Printed(_) = first { block } else { literal };
        parts.push(format!(".execute({})", text(&first.sql())));
    }
    parts.push(end.to_owned());
    broken(&parts)
}

/// Returns a chain on one line if it fits, otherwise one line per call. `m` is shorter than an indentation, so the
/// first call stays beside it.
fn broken(parts: &[String]) -> Vec<String> {
    let line = parts.concat();
    if line.len() <= CHAIN && !line.contains('\n') {
        return vec![line];
    }
    let (first, rest) = parts.split_at(2);
    std::iter::once(first.concat()).chain(rest.iter().map(|part| format!("    {part}"))).collect()
}

/// Writes lines, each after `margin`. Lines inside a string literal are not moved.
fn write(lines: &[String], margin: &str, end: &str, out: &mut String) {
    for (at, line) in lines.iter().enumerate() {
        let end = if at + 1 == lines.len() { end } else { "" };
        let _ = writeln!(out, "{margin}{line}{end}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_steps_are_divided_evenly_in_order() {
        let steps = |count: usize| -> Vec<Step> {
            (0..count).map(|at| Step::decided(SchemaChange::Printed(format!("SELECT {at}")))).collect()
        };
        for (count, expected) in
            [(0, vec![0]), (1, vec![1]), (50, vec![50]), (51, vec![26, 25]), (101, vec![34, 34, 33])]
        {
            let bodies = bodies(&steps(count), &[]);
            let statements: Vec<usize> = bodies.iter().map(|body| body.matches("m.execute").count()).collect();
            assert_eq!(statements, expected);
            assert!(bodies.iter().all(|body| body.ends_with("Ok(())\n")), "{bodies:?}");
            let whole = bodies.concat();
            let places: Vec<_> =
                (0..count).map(|at| whole.find(&format!("SELECT {at}\"")).expect("every step")).collect();
            assert!(places.is_sorted());
        }
    }
}
