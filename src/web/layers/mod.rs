//! What every request passes through, whichever page it asks for. Outermost first:
//! [`headers`], [`finish`], [`log`], [`panics`], [`limits`], [`origin`].

pub mod address;
pub mod finish;
pub mod headers;
pub mod limits;
pub mod log;
pub mod origin;
pub mod panics;
