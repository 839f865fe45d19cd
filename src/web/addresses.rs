//! The addresses that one part of the site links to in another. A visitor's addresses say
//! nothing of why somebody came (AN-11): they stand in browser histories and proxy logs.

pub const START: &str = "/";
/// Raise a concern.
pub const RAISE: &str = "/write";
/// Come back with a receipt.
pub const RETURN: &str = "/return";
/// Attaching a file, which alone may take minutes.
pub const FILES: &str = "/return/files";
/// The quick exit.
pub const LEAVE: &str = "/leave";
pub const LIBRARY: &str = "/library";
pub const SIGN_IN: &str = "/staff/sign-in";
pub const SIGN_OUT: &str = "/staff/sign-out";
pub const DESK: &str = "/desk";
