use super::{KnownTo, Trace, check};

/// The kinds found in a text, each with its words.
fn found(text: &str) -> Vec<(Trace, &str)> {
    check(text).iter().map(|flag| (flag.kind, flag.excerpt)).collect()
}

#[test]
fn each_kind_of_detail_is_found() {
    use Trace::{
        Alone, Count, Date, Name, Number, Past, Position, Relation, Room, Shift, Specialty, Style, Time,
    };
    let cases = [
        (Date, "It began on the 2nd of May.", "2nd of May"),
        (Date, "We met on Dec. 8th about it.", "Dec. 8th"),
        (Date, "It was 8 December.", "8 December"),
        (Date, "See 2006-12-08 in the log.", "2006-12-08"),
        (Date, "See 12/8/2006 in the log.", "12/8/2006"),
        (Date, "It happened on 12/8 again.", "12/8"),
        (Date, "It happens on Fridays.", "Fridays"),
        (Date, "It was on Tue and again later.", "on Tue"),
        (Date, "They called yesterday.", "yesterday"),
        (Date, "It was last night.", "last night"),
        (Date, "It was three weeks ago.", "three weeks ago"),
        (Date, "It was on Christmas Eve.", "Christmas"),
        (Date, "At 06:15 the 14th", "the 14th"),
        (Time, "They came at 4:30 pm.", "4:30 pm"),
        (Time, "They came at 4pm.", "4pm"),
        (Time, "They came at 4 p.m. sharp.", "4 p.m"),
        (Time, "They came around 0430.", "0430"),
        (Time, "They came at 1630.", "1630"),
        (Time, "They came, 1630 hours, by truck.", "1630 hours"),
        (Time, "They came at 1630hrs.", "1630hrs"),
        (Time, "It was after midnight.", "midnight"),
        (Shift, "The midnight shift knows.", "midnight shift"),
        (Shift, "I work nights.", "work nights"),
        (Shift, "It was during my shift.", "during my shift"),
        (Shift, "I was on duty then.", "I was on duty"),
        (Shift, "I sat in the duty office.", "duty office"),
        (Alone, "I’m the only agent who speaks it.", "I’m the only"),
        (Alone, "Just me and a radio.", "Just me"),
        (Alone, "No one else saw.", "No one else"),
        (Alone, "Everybody left except me.", "except me"),
        (Alone, "I did it by myself.", "myself"),
        (Count, "Both of us saw it.", "Both of us"),
        (Count, "There were 3 agents.", "3 agents"),
        (Count, "There were three other officers.", "three other officers"),
        (Count, "4 of the 6 in the truck knew.", "4 of the 6"),
        (Count, "A two-man crew.", "two-man"),
        (Count, "They only told me.", "only told me"),
        (Name, "I told Agent Zimmer.", "Agent Zimmer"),
        (Name, "Ask Mr. Quayle about it.", "Mr. Quayle"),
        (Name, "I spoke with Maria.", "Maria"),
        (Name, "I spoke with Tran Quoc.", "Tran Quoc"),
        (Name, "It was Grace Lopez.", "Grace Lopez"),
        (Name, "Signed, J.T.", "J.T."),
        (Name, "So J. Smith said.", "J. Smith"),
        (Name, "Fix it. -JT", "-JT"),
        (Name, "Write to j.smith@example.gov", "smith@example"),
        (Name, "He was Bravo 6 then.", "Bravo 6"),
        (Name, "My call sign was used.", "call sign"),
        (Number, "It is case LA07-0000.", "LA07-0000"),
        (Number, "Look at TUC-1234.", "TUC-1234"),
        (Number, "Look at seizure no. 17.", "seizure no. 17"),
        (Number, "We took unit 12 north.", "unit 12"),
        (Number, "Tail number N123AB landed.", "Tail number N123AB"),
        (Number, "My badge 4417 was read.", "badge 4417"),
        (Number, "Call 555-0100.", "555-0100"),
        (Number, "We were on the 38 off shore.", "the 38"),
        (Room, "It is in room 214.", "room 214"),
        (Room, "It was in lane 5 again.", "lane 5"),
        (Room, "It was on the second floor.", "second floor"),
        (Room, "They left it on my desk.", "my desk"),
        (Specialty, "The K-9 found it.", "K-9"),
        (Specialty, "As a pilot, I object.", "As a pilot"),
        (Specialty, "I am the union steward.", "union steward"),
        (Relation, "My partner agrees.", "My partner"),
        (Relation, "The informant is burned.", "informant"),
        (Relation, "My boss said no.", "My boss"),
        (Relation, "Our SAC said no.", "Our SAC"),
        (Past, "I came over from Seattle.", "I came over"),
        (Past, "I used to work for them.", "I used to work"),
        (Past, "In my 12 years this is new.", "my 12 years"),
        (Past, "I was transferred last spring.", "I was transferred"),
        (Past, "I am new here.", "am new here"),
        (Past, "As a woman I am not heard.", "As a woman"),
        (Position, "I was on the bow.", "I was on the bow"),
        (Position, "I was driving.", "I was driving"),
        (Style, "THIS HAS GOT TO STOP.", "THIS HAS GOT TO STOP"),
        (Style, "Why?! Tell us.", "?!"),
        (Style, "Well.... no.", "...."),
        (Style, "Thanks :)", ":)"),
    ];
    for (kind, text, words) in cases {
        let found = found(text);
        assert!(
            found.iter().any(|(found, excerpt)| *found == kind && excerpt.contains(words)),
            "{words:?} is not found as {kind:?} in {text:?}: {found:?}"
        );
    }
    for kind in Trace::ALL {
        assert!(cases.iter().any(|(tried, ..)| *tried == kind), "{kind:?} is not tried");
    }
}

#[test]
fn an_03_a_clean_text_gives_no_flags() {
    for text in [
        "",
        "Officers will read the record to us over the phone but will not print it, or they black out most of it. \
         They say it is the Third Party Rule. Other offices hand it over.",
        "Since the memorandum of November 2004 there is more friction. Each side reads section 3 in its own favour. \
         In 2006 the two offices agreed on a rule, and one agent in ten has read it.",
        "The request takes 48 hours. About 200 agents and 30 percent of the cases are affected, out of 1,500 \
         referrals worth $10,000 or more. It may take 90 days.",
        "We ask for air support, and the answer comes too late. This is the only rule that both sides follow. \
         The only way to fix it is in writing.",
        "CBP and ICE do not share what TECS says. DRO and OFO read the MOU in different ways. The U.S. Attorney \
         declines cases.",
        "Staff in San Antonio, Del Rio and El Paso do as the Border Patrol manual says. The Port Director and the \
         Special Agent in Charge meet every month.",
        "I-94 forms and I-213 forms are kept apart. I-10 and I-35 are patrolled by both. Calls come 24/7.",
        "A supervisor told staff to stop. Nobody answers the phone. May we ask why? We march on. It will change.",
        "The Border Patrol/ICE Investigations Working Group and the Coast Guard have a joint procedure. On days \
         when traffic is heavy, nobody checks it.",
        "Agents work with the Drug Enforcement Administration. The pilot program ended. Training is given twice \
         a year, in English and Spanish.",
        "Reports go to three offices of the other agency, two of the three memoranda are out of date, and the \
         first of them is not followed.",
        "Cases come from both agencies. The load was moved from the port to the yard, and evidence was \
         transferred from the first facility.",
        "The Tucson Transition Center holds people too long. Operation Black Jack ended. The Chief Patrol Agent and \
         the Director of Field Operations disagree, and it goes on since 2005.",
        "I was told that the rule changed. I have seen the memo and I’ve been told twice. It is the only one that \
         works. They must answer within ten working days. They work well with Texas Rangers.",
    ] {
        assert_eq!(found(text), [], "in {text:?}");
    }
}

#[test]
fn what_touches_is_one_flag() {
    assert_eq!(found("PULLED OFF THE LINE AGAIN!!"), [(Trace::Style, "PULLED OFF THE LINE AGAIN!!")]);
    assert_eq!(found("Friday. Friday.").len(), 2);
}

#[test]
fn debug_output_shows_no_words() {
    assert_eq!(format!("{:?}", check("On Friday")), "[Flag(date, 3..9)]");
}

#[test]
fn words_lead_back() {
    for kind in Trace::ALL {
        assert_eq!(Trace::from_word(kind.word()), Some(kind));
        assert!(!kind.name().is_empty() && kind.advice().ends_with('.'));
    }
    for answer in KnownTo::ALL {
        assert_eq!(KnownTo::from_word(answer.word()), Some(answer));
        assert_eq!(answer.warns(), answer == KnownTo::OneOrTwo);
    }
}

#[test]
fn the_longest_text_of_one_kind_takes_no_long_time() {
    // Quadratic work on 4,000 characters would be sixteen million steps of each rule.
    for piece in ["A ", "!", "1-", "a.", "I was on the ", "AB ", "Ab ", ". ", "-", "’a", "😀"] {
        let text = piece.repeat(4_000 / piece.chars().count());
        let _ = check(&text);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_checked_without_panic_and_cut_at_characters(text in "(\\PC|\n|the |on | of |[0-9]{1,4}|[-/.:!?’' ]|Dec |us |J\\.){0,200}") {
        let mut last = 0;
        for flag in check(&text) {
            proptest::prop_assert!(text.is_char_boundary(flag.span.start) && text.is_char_boundary(flag.span.end));
            proptest::prop_assert!(flag.span.start < flag.span.end && flag.span.start >= last);
            proptest::prop_assert_eq!(text.get(flag.span.clone()), Some(flag.excerpt));
            last = flag.span.start;
        }
    }
}
