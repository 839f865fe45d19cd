//! What a reporter sends: one concern of a usual length, from the first page to the visit with its receipt.

use std::io;

use candor::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity, Pace, Statement, Tried};
use candor::domain::prose::Prose;

use crate::client::{Answer, Client, encoded, request};

/// Who raises it and with whom, in the organisation of the demonstration.
const OURS: [(&str, &str); 2] = [("our_branch", "CBP-OBP"), ("our_unit", "OBP-TCA")];
const OTHER: &str = "OI-TUS";

const WHAT: &str = "Our supervisors hand every smuggling case of the night shift to the investigations office, \
as the memorandum asks. Since spring that office has taken few of them before noon. People whom we have \
stopped wait in our station with two of us beside them, and the stretch we would patrol stays empty. \
When we ask who decides, one side names the memorandum and the other a later message that we have never \
been shown. Each of us has been told by somebody different what to do with the vehicle and the evidence, \
and twice it was done twice. We do not want anybody blamed. We want to know who takes what, by when, and \
whom to call at night if nobody comes.";
const EFFECT: &str = "Two of us are off the line for half a shift, several times a week.";
const REMEDY: &str = "One page, signed by both offices, that says who takes a case at which hour.";

/// The form's answers, in its order.
const ANSWERS: [(&str, &str); 8] = [
    ("what_happens", WHAT),
    ("handler", "no"),
    ("pace", "routine"),
    ("effect", EFFECT),
    ("tried", "not_tried"),
    ("remedy", REMEDY),
    ("name_for", "council"),
    ("council_only", ""),
];

/// The concern that these answers make.
pub fn concern() -> Concern {
    let prose = |text: &str| Prose::parse(text, 4_000).unwrap();
    Concern {
        my_unit: OURS[1].1.into(),
        other_unit: OTHER.into(),
        handler: HandlerConcerned::No,
        pace: Pace::Routine,
        dispatch: Dispatch::Mixed,
        statement: Statement {
            what_happens: prose(WHAT),
            category: None,
            document: None,
            frequency: None,
            since: None,
            effect: prose(EFFECT),
            tried: Tried::NotTried,
            tried_words: Prose::default(),
            remedy: prose(REMEDY),
        },
        council_only: Prose::default(),
        identity: Identity::default(),
    }
}

/// All that the page before sending sends, with a receipt that was drawn for it.
fn reviewed(receipt: &str) -> Vec<(&str, &str)> {
    let mut fields = OURS.to_vec();
    fields.push(("other_unit", OTHER));
    fields.extend(ANSWERS.iter().filter(|(_, value)| !value.is_empty()));
    fields.extend([("receipt", receipt), ("known", "10"), ("dispatch", "mixed"), ("saved", "yes")]);
    fields
}

/// The request that seals and commits.
pub fn send(receipt: &str) -> Vec<u8> {
    request("POST", "/write/send", "", Some(&encoded(&reviewed(receipt))))
}

/// Whether an answer is that of a concern that was sent.
pub fn is_sent(answer: &Answer) -> bool {
    answer.status == 303 && answer.location.as_deref() == Some("/write/sent")
}

/// Fails, with what came instead, unless the page is the one that was asked for.
fn page(answer: Answer, path: &str, says: &str) -> io::Result<Answer> {
    if answer.status == 200 && answer.says(says) {
        return Ok(answer);
    }
    Err(io::Error::other(format!("{path} answered {} without \"{says}\"", answer.status)))
}

/// From the first page of the form to "It is sent". Returns the ten words.
pub fn raise(client: &mut Client, mut seen: impl FnMut(&'static str, &Client)) -> io::Result<String> {
    let first = page(client.get("/write")?, "/write", "Which part of your agency")?;
    seen("first page of the form", client);
    let receipt = first.hidden("receipt").ok_or_else(|| io::Error::other("no receipt was drawn"))?;
    let mut fields = vec![("receipt", receipt.as_str()), OURS[0], ("to", "our_unit")];
    page(client.post("/write", &fields)?, "/write", "Which unit are you in")?;
    fields.splice(2.., [OURS[1], ("to", "other_branch")]);
    page(client.post("/write", &fields)?, "/write", "Who is on the other side")?;
    let pick = format!("unit:{OTHER}");
    fields.splice(3.., [("other_pick", pick.as_str()), ("to", "write")]);
    page(client.post("/write", &fields)?, "/write", "What happens")?;
    seen("three answers, to where it is written", client);
    fields.splice(3.., [("other_unit", OTHER)]);
    fields.extend(ANSWERS);
    let review = page(client.post("/write/review", &fields)?, "/write/review", "class=\"receipt\"")?;
    seen("page before sending", client);
    let receipt = review.hidden("receipt").ok_or_else(|| io::Error::other("no receipt was drawn"))?;
    let sent = client.post("/write/send", &reviewed(&receipt))?;
    if !is_sent(&sent) {
        return Err(io::Error::other(format!("/write/send answered {}", sent.status)));
    }
    page(client.get("/write/sent")?, "/write/sent", "It is sent")?;
    seen("sending, and the page after it", client);
    Ok(receipt.split_once(' ').map_or_else(String::new, |(_, words)| words.to_owned()))
}

/// Coming back with the ten words.
pub fn visit(client: &mut Client, words: &str) -> io::Result<()> {
    page(client.get("/return")?, "/return", "ten words")?;
    let opened = client.post("/return", &[("words", words)])?;
    if opened.status != 303 {
        return Err(io::Error::other(format!("/return answered {}", opened.status)));
    }
    page(client.get("/return/visit")?, "/return/visit", "waits").map(drop)
}
