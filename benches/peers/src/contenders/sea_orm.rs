//! SeaORM, on its pool.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ConnectOptions, Database, JoinType, LoaderTrait, QueryOrder, QuerySelect, Set, TransactionTrait, Unchanged,
};

use crate::contender::{Contender, Failure, Work, each, in_tasks, same, work};
use crate::data::{self, Heading, NewUser, PAGE, Tree, same_fields, same_wide_fields};

/// Limits: the wide rows that fit into the 65,535 parameters of a statement, and the rows of an iterator per insert.
const WIDE_CHUNK: usize = 2_600;
const CHUNK: usize = 10_000;

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub hair_color: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod wide_user {
    use chrono::{DateTime, Utc};
    use sea_orm::entity::prelude::{
        ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait, EnumIter,
        PrimaryKeyTrait, Uuid,
    };

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "wide_users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub external_id: Uuid,
        pub parent_id: Option<i64>,
        pub name: String,
        pub email: String,
        pub city: String,
        pub street: String,
        pub nickname: Option<String>,
        pub phone: Option<String>,
        pub company: Option<String>,
        pub note: Option<String>,
        pub visits: i64,
        pub balance: i64,
        pub score: i32,
        pub level: i32,
        pub rank: Option<i32>,
        pub longitude: f64,
        pub latitude: f64,
        pub weight: f64,
        pub height: Option<f64>,
        pub active: bool,
        pub verified: bool,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub deleted_at: Option<DateTime<Utc>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod author {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "authors")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub name: String,
        pub country: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::book::Entity")]
        Book,
    }

    impl Related<super::book::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Book.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod book {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "books")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub author_id: i64,
        pub title: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::author::Entity", from = "Column::AuthorId", to = "super::author::Column::Id")]
        Author,
        #[sea_orm(has_many = "super::chapter::Entity")]
        Chapter,
    }

    impl Related<super::author::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Author.def()
        }
    }

    impl Related<super::chapter::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Chapter.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod chapter {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "chapters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub book_id: i64,
        pub heading: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::book::Entity", from = "Column::BookId", to = "super::book::Column::Id")]
        Book,
    }

    impl Related<super::book::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Book.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

same_fields!(user::Model, data::User: id name hair_color);
same_wide_fields!(wide_user::Model, data::WideUser);
same_wide_fields!(data::WideUser, wide_user::Model);
same_fields!(author::Model, data::Author: id name country);
same_fields!(book::Model, data::Book: id author_id title);
same_fields!(chapter::Model, data::Chapter: id book_id heading);

fn new_user(new: NewUser) -> user::ActiveModel {
    user::ActiveModel { name: Set(new.name), hair_color: Set(new.hair_color), ..Default::default() }
}

/// A new row with all of its values: of a model alone, an active model would set nothing.
fn new_wide_user(row: data::WideUser) -> wide_user::ActiveModel {
    wide_user::ActiveModel::from(wide_user::Model::from(row)).reset_all()
}

async fn insert_many(db: &impl ConnectionTrait, new: impl Iterator<Item = NewUser>) -> Result<u64, DbErr> {
    user::Entity::insert_many(new.map(new_user)).exec_without_returning(db).await
}

pub(crate) struct SeaOrm(DatabaseConnection);

impl SeaOrm {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(8).sqlx_logging(false).test_before_acquire(false);
        Ok(Self(Database::connect(options).await?))
    }
}

impl Contender for SeaOrm {
    fn read(&mut self) -> Work<'_, Vec<data::User>> {
        work(async { Ok(user::Entity::find().all(&self.0).await?) }, each)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<data::WideUser>> {
        work(async { Ok(wide_user::Entity::find().all(&self.0).await?) }, each)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<data::User>> {
        let task = |keys: Vec<i64>| {
            let db = self.0.clone();
            async move {
                let mut found = Vec::with_capacity(keys.len());
                for id in keys {
                    found.push(user::Entity::find_by_id(id).one(&db).await?.ok_or("no such user")?);
                }
                Ok(found)
            }
        };
        work(in_tasks(keys, task), each)
    }

    fn find(&mut self, id: i64) -> Work<'_, data::User> {
        let future = async move { Ok(user::Entity::find_by_id(id).one(&self.0).await?.ok_or("no such user")?) };
        work(future, Into::into)
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, data::User> {
        let changed = user::ActiveModel { id: Unchanged(id), name: Set(name), ..Default::default() };
        work(async move { Ok(changed.update(&self.0).await?) }, Into::into)
    }

    fn transaction(&mut self, id: i64, name: String, new: NewUser) -> Work<'_, (data::User, data::User)> {
        let future = async move {
            let transaction = self.0.begin().await?;
            let found = user::Entity::find_by_id(id).one(&transaction).await?.ok_or("no such user")?;
            let changed = user::ActiveModel { id: Unchanged(id), name: Set(name), ..Default::default() };
            user::Entity::update_many().set(changed).filter(user::Column::Id.eq(id)).exec(&transaction).await?;
            let inserted = new_user(new).insert(&transaction).await?;
            transaction.commit().await?;
            Ok((found, inserted))
        };
        work(future, |(found, inserted)| (found.into(), inserted.into()))
    }

    fn insert(&mut self, new: NewUser) -> Work<'_, data::User> {
        work(async move { Ok(new_user(new).insert(&self.0).await?) }, Into::into)
    }

    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        work(async move { Ok(insert_many(&self.0, new.into_iter()).await?) }, same)
    }

    fn insert_many_back(&mut self, new: Vec<NewUser>) -> Work<'_, Vec<data::User>> {
        let future = async move {
            Ok(user::Entity::insert_many(new.into_iter().map(new_user)).exec_with_returning(&self.0).await?)
        };
        work(future, each)
    }

    fn insert_wide(&mut self, new: Vec<data::WideUser>) -> Work<'_, u64> {
        let future = async move {
            let transaction = self.0.begin().await?;
            let (mut new, mut inserted) = (new.into_iter().map(new_wide_user).peekable(), 0);
            while new.peek().is_some() {
                let insert = wide_user::Entity::insert_many(new.by_ref().take(WIDE_CHUNK));
                inserted += insert.exec_without_returning(&transaction).await?;
            }
            transaction.commit().await?;
            Ok(inserted)
        };
        work(future, same)
    }

    /// All keys exist, so an upsert updates. Arrays, which the other libraries send here, cannot hold NULL in SeaQuery.
    fn update_many(&mut self, changed: Vec<data::User>) -> Work<'_, u64> {
        self.upsert_many(changed)
    }

    fn upsert_many(&mut self, rows: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let rows = rows.into_iter().map(|row| user::ActiveModel {
                id: Set(row.id),
                name: Set(row.name),
                hair_color: Set(row.hair_color),
            });
            let conflict = OnConflict::column(user::Column::Id)
                .update_columns([user::Column::Name, user::Column::HairColor])
                .to_owned();
            Ok(user::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(&self.0).await?)
        };
        work(future, same)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async {
            let authors = author::Entity::find().order_by_asc(author::Column::Id).all(&self.0).await?;
            let of_authors = authors.load_many(book::Entity::find().order_by_asc(book::Column::Id), &self.0).await?;
            let counts: Vec<usize> = of_authors.iter().map(Vec::len).collect();
            let books: Vec<book::Model> = of_authors.into_iter().flatten().collect();
            let chapters = books.load_many(chapter::Entity::find().order_by_asc(chapter::Column::Id), &self.0).await?;
            let mut books = books.into_iter().zip(chapters);
            let of = counts.into_iter().map(|count| books.by_ref().take(count).collect::<Vec<_>>());
            Ok(authors.into_iter().zip(of).collect::<Vec<_>>())
        };
        work(future, |rows| {
            let books = |books: Vec<(book::Model, Vec<chapter::Model>)>| {
                books.into_iter().map(|(book, chapters)| (book.into(), each(chapters))).collect()
            };
            rows.into_iter().map(|(author, of)| (author.into(), books(of))).collect()
        })
    }

    fn pages(&mut self, pages: usize) -> Work<'_, Vec<data::Chapter>> {
        let future = async move {
            let mut read: Vec<chapter::Model> = Vec::new();
            for _ in 0..pages {
                let mut cursor = chapter::Entity::find().cursor_by((chapter::Column::Heading, chapter::Column::Id));
                if let Some(last) = read.last() {
                    cursor.after((last.heading.clone(), last.id));
                }
                let mut page = cursor.first(26).all(&self.0).await?;
                let more = page.len() > PAGE;
                page.truncate(PAGE);
                read.extend(page);
                if !more {
                    break;
                }
            }
            Ok(read)
        };
        work(future, each)
    }

    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        let future = async move {
            let select = chapter::Entity::find()
                .select_only()
                .column(chapter::Column::Heading)
                .column(book::Column::Title)
                .column(author::Column::Name)
                .join(JoinType::InnerJoin, chapter::Relation::Book.def())
                .join(JoinType::InnerJoin, book::Relation::Author.def())
                .filter(author::Column::Id.eq(author_id))
                .order_by_asc(chapter::Column::Id);
            Ok(select.into_tuple::<Heading>().all(&self.0).await?)
        };
        work(future, same)
    }

    fn insert_from(&mut self, new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            let transaction = self.0.begin().await?;
            let (mut new, mut inserted) = (new.peekable(), 0);
            while new.peek().is_some() {
                inserted += insert_many(&transaction, new.by_ref().take(CHUNK)).await?;
            }
            transaction.commit().await?;
            Ok(inserted)
        };
        work(future, same)
    }
}
