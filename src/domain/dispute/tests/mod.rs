//! What the machine does in thousands of random cases.

mod emptied;
mod offers;
mod promises;
mod properties;
mod random;
mod retention;
mod world;
