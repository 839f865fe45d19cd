//! Codes on paper. The administrator prints them and no commander: what a unit has acknowledged is counted for its
//! commander, who is not to be able to acknowledge in the place of others. Each printing stands in the journal.

use zeroize::Zeroizing;

use crate::domain::id::{MemberId, UnitId};
use crate::domain::roster::plain_number;
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store;
use crate::store::members::Member;

/// A member on a list of their unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberLine {
    pub(super) id: MemberId,
    pub number: String,
    pub name: String,
}

/// What a member is given: number and code.
#[derive(Clone)]
pub struct Slip {
    pub number: String,
    pub name: String,
    pub code: Zeroizing<String>,
}

impl std::fmt::Debug for Slip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slip(…)")
    }
}

impl Candor {
    /// The day on which the last roster was taken.
    pub async fn roster_taken_on(&self, by: &SignedIn) -> Result<Option<jiff::civil::Date>, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let day = store::members::roster(&mut self.db.read().await?).await?.1;
        day.map(|day| day.parse().map_err(|_| Problem::Damaged)).transpose()
    }

    /// Who is in a unit, by name.
    pub(super) fn lines(&self, members: &[Member]) -> Result<Vec<MemberLine>, Problem> {
        let mut lines = members
            .iter()
            .map(|member| {
                let (number, name) = self.open_member(member)?;
                Ok(MemberLine { id: member.id, number, name })
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        lines.sort_by(|one, other| (&one.name, &one.number).cmp(&(&other.name, &other.number)));
        Ok(lines)
    }

    /// The codes of everybody in a unit, to be printed and handed out.
    pub async fn slips(&self, by: &SignedIn, unit: &UnitId) -> Result<Vec<Slip>, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.write().await?;
        let members = store::members::of_unit(&mut tx, unit.as_str()).await?;
        if members.is_empty() {
            return Err(Problem::NotFound);
        }
        let mut slips = members
            .iter()
            .map(|member| {
                let (number, name) = self.open_member(member)?;
                let code = self.member_code(member.id, member.generation);
                Ok(Slip { number, name, code })
            })
            .collect::<Result<Vec<_>, Problem>>()?;
        slips.sort_by(|one, other| (&one.name, &one.number).cmp(&(&other.name, &other.number)));
        let people = slips.len() as u64;
        let act = StaffAct::MemberCodesPrinted { unit: unit.clone(), people, by: by.account };
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(slips)
    }

    /// A new code for one member; the old one and open sessions of it end at once.
    pub async fn renew_code(&self, by: &SignedIn, number: &str) -> Result<Slip, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let number = plain_number(number).ok_or(Problem::NotFound)?;
        let mut tx = self.db.write().await?;
        let found = store::members::by_lookup(&mut tx, &self.member_lookup(&number)).await?;
        let member = found.ok_or(Problem::NotFound)?;
        store::members::next_code(&mut tx, member.id, member.generation).await?;
        let (number, name) = self.open_member(&member)?;
        let code = self.member_code(member.id, member.generation.saturating_add(1));
        let act = StaffAct::MemberCodeRenewed { member: member.id, by: by.account };
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(Slip { number, name, code })
    }
}
