//! What stands in a backup once it is opened: records, one after another. Reading them is a function of bytes alone.
//!
//! Form of a record: kind ‖ length of what follows (4, big-endian) ‖ what follows. After the last comes a zero, and only
//! zeros.
//!
//! | kind | what follows |
//! |---|---|
//! | 1 opening | JSON: schema, deployment, the journal's newest entry and its hash |
//! | 2 table | JSON: name and columns |
//! | 3 row | for each column: 0 nothing; 1 and a number (8, two's complement, big-endian); 2 a text or 3 bytes, each with its length (4) before it |
//! | 4 end of a table | JSON: how many rows, and a digest of them that does not depend on their order |
//! | 5 closing | HMAC-SHA256 under the service key of SHA-256 of everything before |

use serde::{Deserialize, Serialize};

use crate::domain::id::DeploymentId;
use crate::store::portable::{Row, Value};

/// The longest record that is read or written; a row has a sixteenth of it at most.
const LONGEST: usize = 16 * 1024 * 1024;

/// More columns than any table has.
const MOST_COLUMNS: usize = 256;

const OPENING: u8 = 1;
const TABLE: u8 = 2;
const ROW: u8 = 3;
const END_OF_TABLE: u8 = 4;
const CLOSING: u8 = 5;

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The newest migration that the database had.
    pub schema: i64,
    pub deployment: DeploymentId,
    /// The journal's newest entry: its number, and its hash as hexadecimal digits.
    pub last_entry: i64,
    pub head: String,
}

/// A table that begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<String>,
}

/// A table that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub rows: u64,
    pub digest: String,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Opening(Opening),
    Table(Table),
    Row(Row),
    EndOfTable(End),
    Closing([u8; 32]),
    /// What is left is there to hide how much there was.
    Padding,
}

/// These bytes are no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no record of a backup")]
pub struct NoRecord;

/// A row as it stands in a record.
pub(super) fn row(row: &Row) -> Result<Vec<u8>, NoRecord> {
    let mut bytes = Vec::new();
    let long = |bytes: &mut Vec<u8>, kind: u8, value: &[u8]| {
        bytes.push(kind);
        bytes.extend_from_slice(&u32::try_from(value.len()).map_err(|_| NoRecord)?.to_be_bytes());
        bytes.extend_from_slice(value);
        Ok(())
    };
    for value in row {
        match value {
            Value::Null => bytes.push(0),
            Value::Number(number) => {
                bytes.push(1);
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            Value::Text(text) => long(&mut bytes, 2, text.as_bytes())?,
            Value::Bytes(value) => long(&mut bytes, 3, value)?,
        }
    }
    Ok(bytes)
}

fn read_row(mut bytes: &[u8]) -> Option<Row> {
    let mut row = Row::new();
    while let Some((kind, rest)) = bytes.split_first() {
        // Nothing takes one byte here and many in memory: a row of nothings would be thirty times as large.
        if row.len() == MOST_COLUMNS {
            return None;
        }
        let value;
        (value, bytes) = match kind {
            0 => (Value::Null, rest),
            1 => {
                let (number, rest) = rest.split_first_chunk::<8>()?;
                (Value::Number(i64::from_be_bytes(*number)), rest)
            }
            2 | 3 => {
                let (length, rest) = rest.split_first_chunk::<4>()?;
                let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
                let (value, rest) = rest.split_at_checked(length)?;
                match kind {
                    2 => (Value::Text(std::str::from_utf8(value).ok()?.to_owned()), rest),
                    _ => (Value::Bytes(value.to_vec()), rest),
                }
            }
            _ => return None,
        };
        row.push(value);
    }
    Some(row)
}

impl Record {
    /// The record as it stands in a backup.
    ///
    /// # Errors
    /// If it is longer than any that is read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NoRecord> {
        let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|_| NoRecord);
        let (kind, body) = match self {
            Self::Opening(opening) => (OPENING, json(serde_json::to_vec(opening))?),
            Self::Table(table) => (TABLE, json(serde_json::to_vec(table))?),
            Self::Row(values) => (ROW, row(values)?),
            Self::EndOfTable(end) => (END_OF_TABLE, json(serde_json::to_vec(end))?),
            Self::Closing(mark) => (CLOSING, mark.to_vec()),
            Self::Padding => return Ok(vec![0]),
        };
        if body.len() > LONGEST {
            return Err(NoRecord);
        }
        let mut bytes = Vec::with_capacity(5 + body.len());
        bytes.push(kind);
        bytes.extend_from_slice(&u32::try_from(body.len()).map_err(|_| NoRecord)?.to_be_bytes());
        bytes.extend_from_slice(&body);
        Ok(bytes)
    }

    /// The first record of some bytes and how many of them it has; none if it goes on beyond them.
    ///
    /// # Errors
    /// If no record begins so.
    pub fn take(bytes: &[u8]) -> Result<Option<(Self, usize)>, NoRecord> {
        let Some((kind, rest)) = bytes.split_first() else { return Ok(None) };
        if *kind == 0 {
            return Ok(Some((Self::Padding, 1)));
        }
        if *kind > CLOSING {
            return Err(NoRecord);
        }
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| NoRecord)?;
        if length > LONGEST {
            return Err(NoRecord);
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let record = match *kind {
            OPENING => Self::Opening(serde_json::from_slice(body).map_err(|_| NoRecord)?),
            TABLE => Self::Table(serde_json::from_slice(body).map_err(|_| NoRecord)?),
            ROW => Self::Row(read_row(body).ok_or(NoRecord)?),
            END_OF_TABLE => Self::EndOfTable(serde_json::from_slice(body).map_err(|_| NoRecord)?),
            _ => Self::Closing(body.try_into().map_err(|_| NoRecord)?),
        };
        Ok(Some((record, 5 + length)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{End, NoRecord, Opening, Record, Table};
    use crate::domain::id::DeploymentId;
    use crate::store::portable::Value;

    fn every() -> Vec<Record> {
        let deployment = DeploymentId(uuid::Uuid::from_u128(1));
        vec![
            Record::Opening(Opening { schema: 17, deployment, last_entry: 9, head: "ab".repeat(32) }),
            Record::Table(Table { name: "cases".to_owned(), columns: vec!["id".to_owned()] }),
            Record::Row(vec![
                Value::Null,
                Value::Number(-3),
                Value::Text("ß".to_owned()),
                Value::Bytes(vec![0; 70_000]),
            ]),
            Record::Row(Vec::new()),
            Record::EndOfTable(End { rows: 2, digest: "00".repeat(32) }),
            Record::Closing([7; 32]),
            Record::Padding,
        ]
    }

    #[test]
    fn records_come_back_one_after_another() {
        let mut bytes: Vec<u8> = every().iter().flat_map(|record| record.to_bytes().unwrap()).collect();
        let whole = bytes.clone();
        for expected in every() {
            let (record, used) = Record::take(&bytes).unwrap().unwrap();
            assert_eq!(record, expected);
            bytes.drain(..used);
        }
        assert!(bytes.is_empty() && Record::take(&bytes) == Ok(None));
        // The first record goes on beyond what is there.
        let first = every()[0].to_bytes().unwrap().len();
        for length in 0..first {
            assert_eq!(Record::take(&whole[..length]), Ok(None), "{length}");
        }
    }

    #[test]
    fn what_is_no_record_is_refused() {
        for bytes in [
            &[6, 0, 0, 0, 0][..],
            &[3, 255, 255, 255, 255],
            &[3, 0, 0, 0, 1, 9],
            &[3, 0, 0, 0, 2, 1, 0],
            &[3, 0, 0, 0, 6, 2, 0, 0, 0, 1, 255],
            &[5, 0, 0, 0, 1, 1],
            &[1, 0, 0, 0, 2, b'{', b'}'],
            &[&[3, 0, 0, 1, 1][..], &[0; 257]].concat(),
        ] {
            assert_eq!(Record::take(bytes), Err(NoRecord), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0_u8..7) {
            let _ = Record::take(&bytes);
            let mut framed = vec![kind];
            framed.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
            framed.extend_from_slice(&bytes);
            let _ = Record::take(&framed);
        }
    }
}
