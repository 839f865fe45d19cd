//! Nothing is ever half done: the process is stopped at every statement of everything that anybody
//! can do.

mod deeds;
mod play;
mod rotation;
