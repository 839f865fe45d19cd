//! What the machine does in thousands of random cases.

mod emptied;
mod offers;
mod properties;
mod random;
mod retention;
mod world;
