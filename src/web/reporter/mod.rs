//! The pages of whoever raises a concern.

mod leave;
mod start;

use super::addresses;
use super::routes::{Area, Routes};

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Reporter).get(addresses::START, start::show).get(addresses::LEAVE, leave::leave)
}
