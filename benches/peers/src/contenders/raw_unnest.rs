//! The driver alone with `INSERT … SELECT FROM unnest(…)`, an array per column: the inserts for which `raw` uses VALUES or COPY.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::raw::connect;
use super::wide_columns::WideColumns;
use crate::contender::{Contender, Failure, Work, same, work};
use crate::data::{NewUser, WideUser};

/// The number of rows of an iterator per statement.
const CHUNK: usize = 10_000;

pub(crate) struct RawUnnest {
    client: Client,
    insert: Statement,
    insert_wide: Statement,
}

impl RawUnnest {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let client = connect(url).await?;
        let insert = client.prepare(include_str!("sql/insert.sql")).await?;
        let insert_wide = client.prepare(include_str!("sql/insert_wide.sql")).await?;
        Ok(Self { client, insert, insert_wide })
    }

    async fn insert_all(&self, new: &[NewUser]) -> Result<u64, Failure> {
        let names: Vec<&str> = new.iter().map(|row| row.name.as_str()).collect();
        let colors: Vec<Option<&str>> = new.iter().map(|row| row.hair_color.as_deref()).collect();
        Ok(self.client.execute(&self.insert, &[&names, &colors]).await?)
    }
}

impl Contender for RawUnnest {
    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        work(async move { self.insert_all(&new).await }, same)
    }

    fn insert_wide(&mut self, new: Vec<WideUser>) -> Work<'_, u64> {
        let future = async move {
            let of = WideColumns::of(&new);
            let values: [&(dyn ToSql + Sync); 25] = [
                &of.id,
                &of.external_id,
                &of.parent_id,
                &of.name,
                &of.email,
                &of.city,
                &of.street,
                &of.nickname,
                &of.phone,
                &of.company,
                &of.note,
                &of.visits,
                &of.balance,
                &of.score,
                &of.level,
                &of.rank,
                &of.longitude,
                &of.latitude,
                &of.weight,
                &of.height,
                &of.active,
                &of.verified,
                &of.created_at,
                &of.updated_at,
                &of.deleted_at,
            ];
            Ok(self.client.execute(&self.insert_wide, &values).await?)
        };
        work(future, same)
    }

    fn insert_from(&mut self, mut new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            self.client.batch_execute("BEGIN").await?;
            let mut inserted = 0;
            loop {
                let chunk: Vec<NewUser> = new.by_ref().take(CHUNK).collect();
                if chunk.is_empty() {
                    break;
                }
                inserted += self.insert_all(&chunk).await?;
            }
            self.client.batch_execute("COMMIT").await?;
            Ok(inserted)
        };
        work(future, same)
    }
}
