//! Who may read which part of a case. The codes are part of sealed formats: never change one.

use serde::{Deserialize, Serialize};

use super::id::{AccountId, PostId};

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant = $code),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that stands for this in stored and sealed bytes.
            #[must_use]
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value of a stored number.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

coded! {
    /// A set of readers of one part of a case.
    Audience {
        /// Statement, thread with the reporter, words of the outcome.
        Case = 1,
        /// The handlers among themselves: messages, proposals, positions.
        Room = 2,
        /// What the reporter wrote for the Council alone.
        CouncilOnly = 3,
        /// The Council's own messages and proposals.
        Deliberation = 4,
        /// Name and contact, if given.
        Identity = 5,
        /// Resolution, notices to headquarters, library draft, what becomes of the actions.
        Outcome = 6,
        /// What the Council asks a working group, its talk and its report.
        Group = 7,
        /// Reports of reprisal: the Council's post of the other component, and the receipt (AN-23).
        Reprisal = 8,
        /// What commanders and the reporter say of an outcome: the Council.
        Ratings = 9,
    }
}

coded! {
    /// What a sealed text is.
    Kind {
        Statement = 1,
        CouncilOnly = 2,
        Identity = 3,
        /// A question or message of a handler to the reporter.
        MessageToReporter = 4,
        /// An answer of the reporter to a question.
        Answer = 5,
        /// Something the reporter added unasked.
        Addition = 6,
        /// A message among handlers.
        RoomMessage = 7,
        Proposal = 8,
        /// Why a version of a proposal was rejected.
        Rejection = 9,
        /// A side's statement of position on escalation.
        Position = 10,
        /// The reason for an extension, recusal, or another step.
        Reason = 11,
        /// Where a matter that is not joint belongs.
        NotJoint = 12,
        Resolution = 13,
        /// The outcome in words for the reporter.
        OutcomeWords = 14,
        LibraryDraft = 15,
        /// Why the reporter asks for review by the Council.
        ReviewRequest = 16,
        /// What the commanders or the Council are to do with a case sent back.
        Instruction = 17,
        /// What the Council asks a working group.
        Task = 18,
        /// A working group's answer.
        Report = 19,
        /// What is said of a remedial action: done, verified, sent back, waived.
        ActionNote = 20,
        /// Whether the outcome works, in the reporter's words.
        CheckIn = 21,
        /// A report of reprisal.
        Reprisal = 22,
        /// What the Council answers to one.
        ReprisalAnswer = 23,
        /// Why the reporter disputes the outcome.
        Objection = 24,
        /// What an attached file is, and its key.
        Attachment = 25,
        /// What somebody says of an outcome beside points.
        Rating = 26,
    }
}

coded! {
    /// What sort of author wrote a sealed text; never who.
    AuthorClass {
        Reporter = 1,
        Panel = 2,
        Council = 3,
        Secretary = 4,
        /// Composed by the program from what others wrote.
        System = 5,
    }
}

/// Somebody an audience's key is wrapped for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// All members of a post, through the post's key.
    Post(PostId),
    /// One person, where a fellow member of the post must be left out.
    Account(AccountId),
    /// Whoever holds the receipt.
    Receipt,
}
