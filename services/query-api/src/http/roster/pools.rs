//! Connections for rosters, and who is shown names.

use std::sync::Arc;

use lp_http::{Caller, Kind, Permission, Problem, Target};
use lp_progress_store::read::{self, Whose};
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Exports at once; each reads one portion at a time, and may take minutes.
const MOST_EXPORTS: usize = 4;

/// As many as exports, and as many for lists: neither keeps the learners' own requests waiting.
const CONNECTIONS: u32 = 8;

/// Connections for rosters, apart from those of learners' requests.
#[derive(Clone)]
pub struct Rosters {
    readers: PgPool,
    plain: PgPool,
    named: PgPool,
    exports: Arc<Semaphore>,
}

impl Rosters {
    /// For whoever logs in as `readers` do. Nothing is connected yet.
    #[must_use]
    pub fn of(readers: &PgPool) -> Self {
        let pool = |role| read::roster_pool((*readers.connect_options()).clone(), role, CONNECTIONS);
        Self {
            readers: readers.clone(),
            plain: pool(read::READER_ROLE),
            named: pool(read::NAMES_READER_ROLE),
            exports: Arc::new(Semaphore::new(MOST_EXPORTS)),
        }
    }

    pub(super) fn pool(&self, whose: Whose) -> &PgPool {
        match whose {
            Whose::MaySeeNames => &self.named,
            Whose::MayNot => &self.plain,
        }
    }

    /// Room for one more export.
    pub(super) fn export(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let too_many = |_| {
            Problem::new(Kind::TooManyRequests)
                .with_detail(format!("there are {MOST_EXPORTS} exports under way: try again in a while"))
        };
        Arc::clone(&self.exports).try_acquire_owned().map_err(too_many)
    }

    /// That this caller may see an organisation's learners, and whether their names too: who may see names is shown them where the
    /// operator lets this service see any. Who needs them and is not shown them is told so.
    pub(super) async fn whose(&self, caller: &Caller, org: &str, by_names: bool) -> Result<Whose, Problem> {
        caller.require(Permission::ReadProgress, Target::Org(org)).await?;
        match caller.require(Permission::ReadNames, Target::Org(org)).await {
            Ok(()) => {}
            Err(problem) if problem.kind() == Kind::Forbidden && !by_names => return Ok(Whose::MayNot),
            Err(problem) => return Err(problem),
        }
        let granted = async { read::names_are_granted(&mut *self.readers.acquire().await?).await };
        match granted.await.map_err(|error| Problem::database(&error))? {
            true => Ok(Whose::MaySeeNames),
            false if !by_names => Ok(Whose::MayNot),
            false => Err(Problem::unprocessable(
                "this service sees no names: its database login is not a member of the role lp_names_reader",
            )),
        }
    }
}
