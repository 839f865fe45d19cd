//! Field members: the roster, what each has received and acknowledged, how far what is handed out has come.

mod code;
mod handed_out;
mod reach;
mod received;
mod roster;
mod session;
mod slips;
mod watch;

pub use code::CODE_MOST;
pub use handed_out::{HandedOut, Item, What};
pub use reach::{ItemAcross, ItemReach, Reach, UnitReach};
pub use received::{Received, ReceivedItem};
pub use roster::{Checked, Counts, Scope, Step};
pub use session::{Member, SESSION};
pub use slips::{MemberLine, Slip};
pub use watch::{RosterStanding, Rosters};

use crate::crypto::canonical::Canonical;
use crate::domain::id::MemberId;

/// Where number and name of a member belong.
pub(super) fn at_rest(id: MemberId) -> Vec<u8> {
    Canonical::new("candor member 1").bytes(id.as_bytes()).finish()
}
