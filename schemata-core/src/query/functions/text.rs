//! Functions on text (PostgreSQL manual 9.4). Lengths and positions count characters, the first of which is 1.

use crate::query::argument::{Argument, ExprList, OrNull, OrNull2, strict_functions};
use crate::query::expr::{Expr, expression_methods};
use crate::query::scope::{Defaulted, Settled};
use crate::query::text::TextColumn;
use crate::schema::InnerOf;
use crate::sql::tree::Expr as Tree;

strict_functions! {
    /// Returns the text in lower case, by the rules of its collation.
    lower(text A: [Argument<String>]) -> String = ["lower(", ")"];
    /// Returns the text in upper case, by the rules of its collation.
    upper(text A: [Argument<String>]) -> String = ["upper(", ")"];
    /// Returns the text with the first letter of each word in upper case, the others in lower case.
    initcap(text A: [Argument<String>]) -> String = ["initcap(", ")"];
    /// Returns the number of characters.
    length(text A: [Argument<String>]) -> i32 = ["length(", ")"];
    /// Removes spaces at both ends.
    trim(text A: [Argument<String>]) -> String = ["btrim(", ")"];
    /// Removes spaces at the start.
    ltrim(text A: [Argument<String>]) -> String = ["ltrim(", ")"];
    /// Removes spaces at the end.
    rtrim(text A: [Argument<String>]) -> String = ["rtrim(", ")"];
    /// Removes the longest run of any of `characters` at both ends: PostgreSQL's `btrim`.
    trim_chars(text A: [Argument<String>], characters B: [Argument<String>]) -> String = ["btrim(", ", ", ")"];
    /// Removes the longest run of any of `characters` at the start.
    ltrim_chars(text A: [Argument<String>], characters B: [Argument<String>]) -> String = ["ltrim(", ", ", ")"];
    /// Removes the longest run of any of `characters` at the end.
    rtrim_chars(text A: [Argument<String>], characters B: [Argument<String>]) -> String = ["rtrim(", ", ", ")"];
    /// Replaces every `from` by `to`.
    replace(text A: [Argument<String>], from B: [Argument<String>], to C: [Argument<String>]) -> String = ["replace(", ", ", ", ", ")"];
    /// Returns `count` characters from position `from` on. A negative count is a database error (22011).
    substring(text A: [Argument<String>], from B: [Argument<i32>], count C: [Argument<i32>]) -> String = ["substring(", ", ", ", ", ")"];
    /// Returns the characters from position `from` on.
    substring_from(text A: [Argument<String>], from B: [Argument<i32>]) -> String = ["substring(", ", ", ")"];
    /// Returns the first `count` characters; with a negative count, all but the last ones.
    left(text A: [Argument<String>], count B: [Argument<i32>]) -> String = ["left(", ", ", ")"];
    /// Returns the last `count` characters; with a negative count, all but the first ones.
    right(text A: [Argument<String>], count B: [Argument<i32>]) -> String = ["right(", ", ", ")"];
    /// Returns the part number `number` between separators, or an empty text if there are fewer. Parts are counted from 1; since
    /// PostgreSQL 14, a negative number counts from the end. Zero is a database error (22023).
    split_part(text A: [Argument<String>], separator B: [Argument<String>], number C: [Argument<i32>]) -> String = ["split_part(", ", ", ", ", ")"];
    /// Returns the position of `part` in `text`, or 0.
    position(part A: [Argument<String>], text B: [Argument<String>]) -> i32 = ["position(", " IN ", ")"];
    /// Repeats the text.
    repeat(text A: [Argument<String>], count B: [Argument<i32>]) -> String = ["repeat(", ", ", ")"];
    /// Returns the characters in reverse order.
    reverse(text A: [Argument<String>]) -> String = ["reverse(", ")"];
    /// Fills the text up to `length` characters at the start, or cuts it at the end.
    lpad(text A: [Argument<String>], length B: [Argument<i32>], fill C: [Argument<String>]) -> String = ["lpad(", ", ", ", ", ")"];
    /// Fills the text up to `length` characters at the end, or cuts it.
    rpad(text A: [Argument<String>], length B: [Argument<i32>], fill C: [Argument<String>]) -> String = ["rpad(", ", ", ", ", ")"];
    /// Returns the MD5 hash in hexadecimal. It is no protection of secrets.
    md5(text A: [Argument<String>]) -> String = ["md5(", ")"];
    /// Replaces the first match of a POSIX regular expression, or every one with the flag `g` (manual 9.7.3). `\1` in the
    /// replacement stands for the first group. An invalid expression is a database error (2201B).
    regexp_replace(
        text A: [Argument<String>], pattern B: [Argument<String>], replacement C: [Argument<String>], flags D: [Argument<String>]
    ) -> String = ["regexp_replace(", ", ", ", ", ", ", ")"];
}

/// Concatenates the texts of expressions of any types: `concat((Customer::first_name, " ", Customer::last_name))`. NULL is
/// ignored, so the result is never NULL, also through outer joins; to keep NULL, use the method `concat` of an expression.
pub fn concat<L: ExprList>(list: L) -> Expr<Settled<L::Reads>, String> {
    let arguments = list.__arguments().into_iter().map(|argument| argument.0).collect();
    Expr::new(Tree::call("concat(", arguments))
}

/// Concatenates the texts of expressions of any types, with `separator` between them. NULL is left out together with its
/// separator, so the result is NULL only if the separator is.
pub fn concat_ws<A: Argument<String>, L: ExprList>(
    separator: A,
    list: L,
) -> Expr<Defaulted<L::Reads, A::Reads>, OrNull<A::Null, String>> {
    let arguments = std::iter::once(separator.__argument()).chain(list.__arguments());
    Expr::new(Tree::call("concat_ws(", arguments.map(|argument| argument.0).collect()))
}

/// Whether a text of type `T` can be NULL.
type TextNull<T> = <String as InnerOf<T>>::Null;

expression_methods! { [TextColumn]
    /// Appends a text: the operator `||`. The result is NULL if one of the two is; the function
    /// [`concat`](crate::query::functions::concat()) ignores NULL.
    pub fn concat<V: Argument<String>>(
        self,
        text: V,
    ) -> Expr<V::With<R>, OrNull2<TextNull<T>, V::Null, String>>
    where
        String: InnerOf<T>,
    {
        Expr::new(Tree::pieces(&["(", " || ", ")"], [self.tree(), text.__argument().0]))
    }
}
