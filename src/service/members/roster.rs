//! Taking a roster in: checked as a whole against what is there, then written in one transaction or not at all.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::id::{MemberId, UnitId};
use crate::domain::roster::{self, Faults, Roster};
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Directory, Problem, hexadecimal};
use crate::store::members::{Member, Stay};
use crate::store::{self, StoreError, Tx};

use super::handed_out::{HandedOut, Presence};

/// People read from the database, or worked on, in one go.
const PORTION: usize = 1_000;
const READ_TOGETHER: i64 = 1_000;

/// Whom a roster speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Whoever is not on it is gone.
    Everybody,
    /// Whoever is in one of the units that it names, and not on it, is gone.
    NamedUnits,
}

/// How far the work is: a step, and how many lines or people of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Reading { lines: usize, of: usize },
    Comparing { people: usize, of: usize },
    Writing { people: usize, of: usize },
}

/// What a roster comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub on_it: usize,
    pub new: usize,
    /// Were on an earlier one, and not on the last.
    pub back: usize,
    pub moved: usize,
    pub renamed: usize,
    pub gone: usize,
}

impl Counts {
    #[must_use]
    pub const fn changes_nothing(&self) -> bool {
        self.new + self.back + self.moved + self.renamed + self.gone == 0
    }
}

/// A roster without a fault, and what it would change.
#[derive(Debug)]
pub struct Checked {
    pub counts: Counts,
    pub scope: Scope,
    roster: Roster,
    digest: String,
    /// The roster in force that it was compared with.
    version: i64,
}

/// Everything to write.
#[derive(Debug, Default)]
struct Plan {
    counts: Counts,
    new: Vec<Member>,
    changed: Vec<(Member, Option<Stay>)>,
    gone: Vec<Member>,
}

fn administrator(by: &SignedIn) -> Result<(), Problem> {
    if by.administrator { Ok(()) } else { Err(Problem::NotFound) }
}

/// Where somebody was until this day.
fn ended(member: &Member, until: &str) -> Stay {
    Stay {
        member: member.id,
        unit: member.unit.clone(),
        component: member.component.clone(),
        since: member.since.clone(),
        until: until.to_owned(),
    }
}

impl Candor {
    /// Checks a roster and says what it would change. Nothing is changed.
    pub async fn check_roster(
        &self,
        by: &SignedIn,
        file: Vec<u8>,
        scope: Scope,
        tell: impl Fn(Step) + Send + Sync + Clone + 'static,
    ) -> Result<Result<Checked, Faults>, Problem> {
        administrator(by)?;
        let directory = self.directory().await?;
        directory.organisation()?;
        let (here, told) = (directory.clone(), tell.clone());
        let read = tokio::task::spawn_blocking(move || read(&file, &here, &told));
        let (roster, digest) = match read.await.map_err(|_| Problem::Damaged)?? {
            Ok(read) => read,
            Err(faults) => return Ok(Err(faults)),
        };
        let mut tx = self.db.read().await?;
        let (version, _) = store::members::roster(&mut tx).await?;
        let counts = self.plan(&mut tx, &roster, scope, &directory, &tell).await?.counts;
        Ok(Ok(Checked { counts, scope, roster, digest, version }))
    }

    /// Takes a roster that was checked, as a whole. `Conflict` if another was taken since.
    pub async fn take_roster(
        &self,
        by: &SignedIn,
        checked: &Checked,
        tell: impl Fn(Step),
    ) -> Result<Counts, Problem> {
        administrator(by)?;
        let directory = self.directory().await?;
        let organisation = directory.organisation()?;
        if checked.roster.units.iter().any(|unit| organisation.unit(unit).is_none()) {
            return Err(Problem::Unusable(
                "The organisation has changed since the roster was checked. Please check it again."
                    .to_owned(),
            ));
        }
        let mut tx = self.db.read().await?;
        if store::members::roster(&mut tx).await?.0 != checked.version {
            return Err(Problem::Store(StoreError::Conflict));
        }
        let plan = self.plan(&mut tx, &checked.roster, checked.scope, &directory, &tell).await?;
        drop(tx);
        let handed_out = self.handed_out().await?;
        let today = self.today().await?.to_string();
        let mut tx = self.db.write().await?;
        // First, so that two at once do not work side by side.
        store::members::raise_roster(&mut tx, checked.version, &today).await?;
        self.write_roster(&mut tx, &plan, &handed_out, &today, tell).await?;
        let Counts { on_it, new, back, moved, renamed, gone } = plan.counts;
        let act = StaffAct::RosterTaken {
            version: checked.version + 1,
            digest: checked.digest.clone(),
            named_units_only: checked.scope == Scope::NamedUnits,
            people: on_it as u64,
            new: new as u64,
            back: back as u64,
            moved: moved as u64,
            renamed: renamed as u64,
            gone: gone as u64,
            by: by.account,
        };
        // Last, for whoever else writes to the journal waits from here on.
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(plan.counts)
    }

    async fn write_roster(
        &self,
        tx: &mut Tx,
        plan: &Plan,
        handed_out: &HandedOut,
        today: &str,
        tell: impl Fn(Step),
    ) -> Result<(), Problem> {
        let of = plan.new.len() + plan.changed.len() + plan.gone.len();
        let mut people = 0;
        for portion in plan.new.chunks(PORTION) {
            store::members::insert_all(tx, portion).await?;
            people += portion.len();
            tell(Step::Writing { people, of });
        }
        for (member, stay) in &plan.changed {
            if let Some(stay) = stay {
                store::members::end_stay(tx, stay).await?;
            }
            store::members::change(tx, member).await?;
            people += 1;
            if people.is_multiple_of(PORTION) {
                tell(Step::Writing { people, of });
            }
        }
        let items = handed_out.items();
        for member in &plan.gone {
            let left = Member { gone: Some(today.to_owned()), ..member.clone() };
            let now = Presence::now(&left)?;
            // Who has received nothing leaves nothing behind.
            let received = items.iter().any(|item| item.reached(&now));
            if !received && store::members::stays(tx, member.id).await?.is_empty() {
                store::members::remove(tx, member.id).await?;
            } else {
                store::members::change(tx, &left).await?;
            }
            people += 1;
            if people.is_multiple_of(PORTION) {
                tell(Step::Writing { people, of });
            }
        }
        tell(Step::Writing { people, of });
        Ok(())
    }

    async fn plan(
        &self,
        tx: &mut Tx,
        roster: &Roster,
        scope: Scope,
        directory: &Directory,
        tell: &impl Fn(Step),
    ) -> Result<Plan, Problem> {
        let organisation = directory.organisation()?;
        let today = directory.calendar.date_of(self.clock.now()).ok_or(Problem::Damaged)?.to_string();
        let components: Vec<String> = roster
            .units
            .iter()
            .map(|unit| organisation.component_of_unit(unit).map(|component| component.id.to_string()))
            .collect::<Option<_>>()
            .ok_or(Problem::Damaged)?;
        let mut known: HashMap<[u8; 32], Member> = HashMap::new();
        let mut last = MemberId(Uuid::nil());
        loop {
            let portion = store::members::after(tx, last, READ_TOGETHER).await?;
            let Some(end) = portion.last() else { break };
            last = end.id;
            known.extend(portion.into_iter().map(|member| (member.lookup, member)));
        }
        let mut plan = Plan::default();
        plan.counts.on_it = roster.rows.len();
        let of = roster.rows.len();
        for (at, row) in roster.rows.iter().enumerate() {
            if at.is_multiple_of(PORTION) {
                tell(Step::Comparing { people: at, of });
                // Others are answered meanwhile.
                tokio::task::yield_now().await;
            }
            let unit = roster.units.get(row.unit).map(ToString::to_string).ok_or(Problem::Damaged)?;
            let component = components.get(row.unit).cloned().ok_or(Problem::Damaged)?;
            let lookup = self.member_lookup(&row.number);
            let Some(member) = known.remove(&lookup) else {
                let id = MemberId::random(&self.randomness);
                let sealed = self.seal_member(id, &row.number, &row.name)?;
                let since = today.clone();
                plan.new.push(Member {
                    id,
                    lookup,
                    unit,
                    component,
                    since,
                    gone: None,
                    generation: 1,
                    sealed,
                });
                continue;
            };
            let is_renamed = self.open_member(&member)?.1 != row.name;
            let is_back = member.gone.is_some();
            let is_moved = member.unit != unit && !is_back;
            plan.counts.renamed += usize::from(is_renamed);
            plan.counts.moved += usize::from(is_moved);
            plan.counts.back += usize::from(is_back);
            if !(is_renamed || is_moved || is_back) {
                continue;
            }
            let sealed = if is_renamed {
                self.seal_member(member.id, &row.number, &row.name)?
            } else {
                member.sealed.clone()
            };
            let stay = (is_moved || is_back)
                .then(|| ended(&member, member.gone.as_deref().unwrap_or(today.as_str())));
            let since = if stay.is_some() { today.clone() } else { member.since.clone() };
            plan.changed.push((Member { unit, component, since, gone: None, sealed, ..member }, stay));
        }
        tell(Step::Comparing { people: of, of });
        let named: BTreeSet<&str> = roster.units.iter().map(UnitId::as_str).collect();
        let is_spoken_of =
            |member: &Member| scope == Scope::Everybody || named.contains(member.unit.as_str());
        plan.gone =
            known.into_values().filter(|member| member.gone.is_none() && is_spoken_of(member)).collect();
        // In an order of their own, not in the one of a table in memory.
        plan.gone.sort_by_key(|member| member.id);
        plan.counts.new = plan.new.len();
        plan.counts.gone = plan.gone.len();
        Ok(plan)
    }
}

type Read = Result<(Roster, String), Faults>;

fn read(file: &[u8], directory: &Directory, tell: &impl Fn(Step)) -> Result<Read, Problem> {
    let Ok(text) = std::str::from_utf8(file) else {
        let line = file.split(|byte| *byte == b'\n').position(|line| std::str::from_utf8(line).is_err());
        let says = "This line is not UTF-8. Save the file as CSV UTF-8 and choose it again.".to_owned();
        let shown = vec![roster::Fault { line: line.map_or(0, |at| at + 1), says }];
        return Ok(Err(Faults { count: 1, shown }));
    };
    let of = text.lines().count();
    let told = |lines| tell(Step::Reading { lines, of });
    Ok(roster::parse(text, directory.organisation()?, told)
        .map(|roster| (roster, hexadecimal(&Sha256::digest(file)))))
}
