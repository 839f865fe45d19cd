//! Keeps what is in memory there. A core dump would hold keys, and texts that are just being sealed or read.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No core dump, whatever the machine is set to; and nobody who is not root attaches to this process or reads
/// its memory, not even the user that it runs as.
pub(super) fn keep_to_itself() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}
