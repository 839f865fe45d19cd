use super::routes::{Area, Routes};

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Setup)
}
