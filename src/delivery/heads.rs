//! The journal's heads, kept outside: in a file to which lines are only added, and by webhook. Whoever
//! writes the database can recompute the chain and cut its end off, but not take back what lies elsewhere.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::webhook::{Caller, Endpoint, secret_of};
use super::{Failed, Patience, Reason, Unusable, secret_file, trusting};
use crate::clock::Timestamp;
use crate::config::HeadsConfig;
use crate::domain::id::{DeliveryId, DeploymentId};
use crate::store::heads::Place;

/// One head: what the journal's newest entry was on a day. No time but the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptHead {
    pub deployment: DeploymentId,
    pub number: i64,
    /// Hexadecimal.
    pub hash: String,
    pub day: String,
}

/// Longest line that is read; a head has a fifth of it.
const LINE_MOST: usize = 1_024;
/// How much of a file's end is looked at before a line is added.
const END_LOOKED_AT: u64 = 16 * 1024;

impl KeptHead {
    fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The heads of a file, each with the number of its line. A line that was cut off while it was written
    /// and then written whole is none.
    ///
    /// # Errors
    /// With the number of a line that is no head.
    pub fn read_all(text: &str) -> Result<Vec<(usize, Self)>, usize> {
        let lines: Vec<&str> = text.lines().collect();
        let mut heads = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let read = if line.len() <= LINE_MOST { serde_json::from_str(line).ok() } else { None };
            match read {
                Some(head) => heads.push((index + 1, head)),
                None if lines.get(index + 1).is_some_and(|next| next.starts_with(line)) => {}
                None => return Err(index + 1),
            }
        }
        Ok(heads)
    }
}

/// The places outside; by default there is none.
#[derive(Debug, Default)]
pub struct HeadsOutside {
    file: Option<PathBuf>,
    webhook: Option<(Endpoint, Caller)>,
}

impl HeadsOutside {
    /// Reads the files that the settings name.
    pub fn open(config: &HeadsConfig, patience: Patience) -> Result<Self, Unusable> {
        let webhook = match &config.webhook {
            None => None,
            Some((uri, file)) => {
                let tls = trusting(config.authorities_file.as_deref())?;
                let secret =
                    secret_of(secret_file("heads_webhook_secret_file", file)?.trim()).ok_or_else(|| {
                        Unusable(format!(
                            "{}: write whsec_ and 24 to 64 bytes in Base64, and nothing else.",
                            file.display()
                        ))
                    })?;
                let caller = Caller::new(tls, config.private_addresses, patience);
                Some((Endpoint { uri: uri.clone(), secret }, caller))
            }
        };
        Ok(Self { file: config.file.clone(), webhook })
    }

    /// The places that are set.
    pub fn places(&self) -> impl Iterator<Item = Place> + use<> {
        let (file, webhook) = (self.file.is_some(), self.webhook.is_some());
        Place::ALL.into_iter().filter(move |place| match place {
            Place::File => file,
            Place::Webhook => webhook,
        })
    }

    /// Brings a head to a place. In the file a day stands once, however often this is tried.
    pub async fn keep(
        &self,
        place: Place,
        head: &KeptHead,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<(), Failed> {
        match place {
            Place::File => {
                let file = self.file.as_deref().ok_or(Failed::for_now(Reason::NoAddress))?;
                add_line(file, head).map_err(|_| Failed::for_now(Reason::File))
            }
            Place::Webhook => {
                let (endpoint, caller) = self.webhook.as_ref().ok_or(Failed::for_now(Reason::NoAddress))?;
                let body = format!("{{\"type\":\"journal.head\",\"data\":{}}}", head.line());
                caller.call(endpoint, id, now, &body).await
            }
        }
    }
}

/// Adds a line, unless this deployment's line of that day stands there already. What was cut off while it
/// was written is left and followed by a whole line.
fn add_line(file: &Path, head: &KeptHead) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut open = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(file)?;
    let length = open.metadata()?.len();
    open.seek(SeekFrom::Start(length.saturating_sub(END_LOOKED_AT)))?;
    let mut end = Vec::new();
    open.read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    let line = head.line();
    let whole = end.is_empty() || end.ends_with('\n');
    let mut lines = end.lines();
    if !whole {
        lines.next_back();
    }
    let stands = lines
        .filter_map(|line| serde_json::from_str::<KeptHead>(line).ok())
        .any(|kept| kept.deployment == head.deployment && kept.day == head.day);
    if stands {
        return Ok(());
    }
    let text = if whole { format!("{line}\n") } else { format!("\n{line}\n") };
    open.write_all(text.as_bytes())?;
    open.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{KeptHead, add_line};
    use crate::domain::id::DeploymentId;

    fn head(day: &str, number: i64) -> KeptHead {
        let deployment = DeploymentId(uuid::Uuid::from_u128(7));
        KeptHead { deployment, number, hash: "ab".repeat(32), day: day.to_owned() }
    }

    #[test]
    fn a_day_stands_once_and_only_its_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heads.jsonl");
        for one in [head("2026-06-01", 5), head("2026-06-01", 5), head("2026-06-02", 9)] {
            add_line(&file, &one).unwrap();
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let heads = KeptHead::read_all(&text).unwrap();
        assert_eq!(heads, [(1, head("2026-06-01", 5)), (2, head("2026-06-02", 9))]);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_line_that_was_cut_off_is_written_again_and_no_other_line_is_overlooked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heads.jsonl");
        add_line(&file, &head("2026-06-01", 5)).unwrap();
        let whole = head("2026-06-02", 9).line();
        for cut in [1, 40, whole.len()] {
            let before = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, format!("{before}{}", &whole[..cut])).unwrap();
            add_line(&file, &head("2026-06-02", 9)).unwrap();
            let text = std::fs::read_to_string(&file).unwrap();
            let heads: Vec<_> =
                KeptHead::read_all(&text).unwrap().into_iter().map(|(_, head)| head.day).collect();
            assert_eq!(heads.last().map(String::as_str), Some("2026-06-02"), "{text}");
            std::fs::write(&file, before).unwrap();
        }
        assert_eq!(KeptHead::read_all("{\"deployment\n{\"other\n"), Err(1));
    }
}
