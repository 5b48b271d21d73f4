use schemata::TableModel;
use schemata::model::Write;
use schemata_tests::library::{Author, Book, Chapter};
use schemata_tests::warehouse::{Article, Shelf};

fn run() {
    let columns = (Chapter::book_id, Chapter::number, Chapter::heading);
    let _ = Chapter::insert_select(columns, Book::select().columns((Book::id, Book::pages, Book::genre)));
    let _ = Chapter::insert_select(columns, Book::select().columns((Book::id, Book::pages)));
    let _ = Chapter::insert_select(Chapter::book_id, Book::delete_where(Book::pages.eq(1)));
    let _ = Article::insert_select(Article::audit.created_by, Book::select().columns(Book::title));
    let _ = Shelf::delete_where(Shelf::all_rows()).join(Book::AUTHOR_ID_FKEY);
    let _ = Author::update_where(Author::all_rows()).join(Book::AUTHOR_ID_FKEY).filter(Shelf::amount.gt(1));
}

fn main() {
    let _ = run;
}
