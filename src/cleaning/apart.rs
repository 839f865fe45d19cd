//! Cleaning in a process of its own, whose time and memory the system bounds (AN-06).
//!
//! Those who read PDFs and pictures for us do not ask how long they may take: a small file can send them over the
//! same bytes again and again, or let them unpack without end, and nothing from outside can stop them. So the
//! program starts itself once more for each file, and what goes past its bounds is ended. That process has no
//! key, no setting and no connection; the file goes in and comes out through pipes.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Resource, Rlimit, setrlimit};
use zeroize::Zeroizing;

use super::{CleanFile, Refused};
use crate::domain::attachment::{FileKind, MOST_BYTES};

/// The subcommand that is the other side of this.
pub const COMMAND: &str = "clean-file";

/// Bytes of memory, all told: the largest picture takes less than half of it.
const MEMORY: u64 = 1_280 * 1024 * 1024;

/// What an answer ends with if the file was refused: this and which of the reasons it was.
const REFUSED: u8 = 0x80;

/// Which program cleans, and how many seconds a processor may work on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaner {
    pub program: PathBuf,
    pub seconds: u64,
}

impl Cleaner {
    /// This very program, even while another version of it is being put in its place.
    #[must_use]
    pub fn this_program() -> Self {
        Self { program: PathBuf::from("/proc/self/exe"), seconds: 30 }
    }

    /// Makes a file anew, in a process that ends with it.
    ///
    /// # Errors
    /// As [`super::clean`], and if it took too long or too much memory.
    pub fn clean(&self, raw: &[u8]) -> Result<CleanFile, Refused> {
        self.clean_pieces([raw])
    }

    /// As [`Self::clean`], of a file that is held in pieces.
    ///
    /// # Errors
    /// As [`Self::clean`].
    pub fn clean_pieces<'a>(&self, raw: impl IntoIterator<Item = &'a [u8]>) -> Result<CleanFile, Refused> {
        let Ok(mut child) = self.start() else { return Err(Refused::BrokenOff) };
        let answer = exchange(&mut child, raw);
        // A process that is ended already is not there to be ended.
        let _ = child.kill();
        let ended = child.wait();
        match (answer, ended) {
            (Ok(answer), _) if !answer.is_empty() => understood(answer),
            // It came to an end of itself: its reader gave up.
            (_, Ok(ended)) if ended.code().is_some() => Err(Refused::Unreadable),
            _ => Err(Refused::BrokenOff),
        }
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args([COMMAND, "--seconds", &self.seconds.to_string()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }
}

/// Hands the file over and takes the answer. The other side reads everything before it says anything.
fn exchange<'a>(
    child: &mut Child,
    raw: impl IntoIterator<Item = &'a [u8]>,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut length = 0;
    if let Some(mut input) = child.stdin.take() {
        for piece in raw {
            input.write_all(piece)?;
            length += piece.len();
        }
    }
    // What comes back of a text is at most a line's end longer, and one byte says what it is.
    let mut answer = Zeroizing::new(Vec::with_capacity(length + 2));
    if let Some(output) = child.stdout.take() {
        output.take(MOST_BYTES as u64 + 2).read_to_end(&mut answer)?;
    }
    Ok(answer)
}

fn understood(mut answer: Zeroizing<Vec<u8>>) -> Result<CleanFile, Refused> {
    let code = answer.pop().unwrap_or_default();
    if let Some(kind) = FileKind::from_code(code) {
        return Ok(CleanFile { kind, bytes: answer });
    }
    let why = Refused::ALL.get(usize::from(code.wrapping_sub(REFUSED)));
    Err(why.copied().unwrap_or(Refused::BrokenOff))
}

/// The other side: bounds itself, reads a file, and writes it clean, or why not.
///
/// # Errors
/// If the bounds cannot be set, or nobody reads or writes any more.
pub fn answer(seconds: u64) -> io::Result<()> {
    let bound = |most| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::Cpu, bound(seconds))?;
    setrlimit(Resource::As, bound(MEMORY))?;
    let mut raw = Zeroizing::new(Vec::new());
    io::stdin().lock().take(MOST_BYTES as u64 + 1).read_to_end(&mut raw)?;
    let mut out = io::stdout().lock();
    match super::clean(&raw) {
        Ok(file) => {
            out.write_all(file.bytes())?;
            out.write_all(&[file.kind().code()])?;
        }
        Err(why) => {
            let reason = Refused::ALL.iter().position(|known| *known == why).unwrap_or_default();
            out.write_all(&[REFUSED | u8::try_from(reason).unwrap_or_default()])?;
        }
    }
    out.flush()
}
