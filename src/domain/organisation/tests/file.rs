//! The file: read, checked, written back, compared.

use super::*;

#[test]
fn a_file_written_back_reads_the_same() {
    for mut organisation in [demonstration(), small()] {
        assert_eq!(Organisation::parse(&organisation.to_toml()).unwrap(), organisation);
        organisation.calendar.time_zone = "America/Chicago".to_owned();
        organisation.calendar.working_weekdays = [true, true, true, true, true, true, false];
        organisation.calendar.extra_holidays = [jiff::civil::date(2026, 12, 24)].into();
        organisation.batch_hours = vec![0, 8, 16];
        organisation.department = "Say \"yes\" \\ 'no'".to_owned();
        assert_eq!(Organisation::parse(&organisation.to_toml()).unwrap(), organisation);
    }
}

#[test]
fn dates_of_the_calendar_may_be_texts_or_dates() {
    let with = |days: &str| format!("{SMALL}\n[calendar]\nextra_holidays = [{days}]\n");
    let text = Organisation::parse(&with("\"2026-12-24\"")).unwrap();
    assert_eq!(Organisation::parse(&with("2026-12-24")).unwrap(), text);
    for wrong in ["2026-12-24T10:00:00", "\"tomorrow\"", "5", "\"2026-02-30\""] {
        assert!(Organisation::parse(&with(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn every_fault_is_told_with_its_line_in_plain_words() {
    let no_place = ("place = \"Town\"", "plaice = \"Town\"");
    let section = ("[[branches]]\nid = \"A-1\"", "[[branches]]\nid = \"A-1\"");
    let before_branches =
        |text: &str| section.1.replacen("[[branches]]", &format!("{text}\n[[branches]]"), 1);
    let hours = before_branches("[batches]\nhours = [18, 6]");
    let zone = before_branches("[calendar]\ntime_zone = \"Mars/Base\"");
    let days = before_branches("[calendar]\nworking_weekdays = [\"funday\"]");
    // What is replaced, with what, the text on whose line the fault stands (none: the whole file), the words.
    let cases: [(&str, &str, &str, &str); 28] = [
        (
            "branch = \"A-1\"\nparent",
            "branch = \"A-9\"\nparent",
            "branch = \"A-9\"",
            "unit A-TOWN names the branch A-9, which is not defined; branches are A-1, B-1",
        ),
        (
            "parent = \"A-BIG\"",
            "parent = \"NONE\"",
            "parent =",
            "unit A-TOWN names the parent NONE, which is not among",
        ),
        (
            "parent = \"A-BIG\"",
            "parent = \"B-HQ\"",
            "parent =",
            "unit A-TOWN has the parent B-HQ, which belongs to",
        ),
        ("parent = \"A-BIG\"", "parent = \"A-TOWN\"", "parent =", "unit A-TOWN comes back to itself"),
        (
            "strength = \"5-9\"",
            "strength = \"7\"",
            "strength = \"7\"",
            "unit A-TOWN: \"strength\" must be one of \"0-4\"",
        ),
        (
            "commander = \"Chief\"\n",
            "",
            "[[units]]\nid = \"A-BIG\"",
            "unit A-BIG has the strength 25-99, so it handles cases",
        ),
        (
            "counterparts = [\"B-HQ\"]",
            "counterparts = [\n\"B-HQ\",\n\"A-HQ\"]",
            "\"A-HQ\"]",
            "unit A-BIG names the counterpart A-HQ, which is of the same component, A",
        ),
        (
            "counterparts = [\"B-HQ\"]",
            "counterparts = [\"X\"]",
            "counterparts",
            "unit A-BIG names the counterpart X, which",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"A-TOWN\"",
            "headquarters =",
            "branch A-1 has the headquarters A-TOWN, which is too small",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"B-HQ\"",
            "headquarters =",
            "branch A-1 has the headquarters B-HQ, which belongs to the branch B-1",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"Q\"",
            "headquarters =",
            "branch A-1 names the headquarters Q, which is not among the units; units of the branch are A-HQ, A-BIG, A-TOWN",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"A HQ\"",
            "headquarters =",
            "branch A-1: \"headquarters\" may hold only",
        ),
        (
            "component = \"B\"\nheadquarters",
            "component = \"C\"\nheadquarters",
            "component = \"C\"",
            "branch B-1 names the component C, which is not defined; components are A, B",
        ),
        (
            "id = \"A-TOWN\"",
            "id = \"A-BIG\"",
            "id = \"A-BIG\"\nname = \"Town",
            "unit A-BIG is there twice; the first is on line",
        ),
        (
            "id = \"HQ-D\"",
            "id = \"A-BIG\"",
            "id = \"A-BIG\"\nname = \"Operations",
            "headquarters recipient A-BIG has the id of the unit A-BIG",
        ),
        (
            "id = \"HQ-B\"\nname = \"Office B\"\ncomponent = \"B\"",
            "id = \"HQ-B\"\nname = \"Office B\"\ncomponent = \"A\"",
            "",
            "component B has no [[headquarters]]",
        ),
        (
            "name = \"Operations\"",
            "name = \"Operations\"\ncomponent = \"A\"",
            "",
            "the department has no [[headquarters]]",
        ),
        (
            no_place.0,
            no_place.1,
            "plaice",
            "unit A-TOWN has \"plaice\", which is not known here; known are id, name, branch",
        ),
        (no_place.0, no_place.1, "[[units]]\nid = \"A-TOWN\"", "unit A-TOWN lacks \"place\""),
        (
            "name = \"Town office\"",
            "name = 3",
            "name = 3",
            "unit A-TOWN: \"name\" must be a text in quotation marks, not a number",
        ),
        ("name = \"Town office\"", "name = \"\"", "name = \"\"", "unit A-TOWN: \"name\" must not be empty"),
        (
            "name = \"Town office\"",
            "name = \"Town\\u202Eoffice\"",
            "name = \"Town",
            "unit A-TOWN: \"name\" must not begin or end with a space nor hold line breaks or invisible marks",
        ),
        (
            "commander = \"Head of B\"",
            "commander = \"Head of A\"",
            "commander = \"Head of A\"\n\n[[units]]\nid = \"A-BIG\"",
            "unit B-HQ has the same commander's title and place as A-HQ",
        ),
        (section.0, &hours, "hours =", "[batches]: give two to four different hours in ascending order"),
        (section.0, &zone, "time_zone =", "[calendar]: there is no time zone Mars/Base"),
        (section.0, &days, "working_weekdays =", "[calendar]: a working weekday must be one of monday"),
        ("council = \"Council\"", "council = ", "council =", "this is not valid TOML"),
        (
            "council = \"Council\"",
            "council = \"Council\"\ncouncil = \"Twice\"",
            "council = \"Twice\"",
            "this is not valid TOML",
        ),
    ];
    for (from, to, anchor, words) in cases {
        let text = SMALL.replacen(from, to, 1);
        let line =
            if anchor.is_empty() { 0 } else { text[..text.find(anchor).unwrap()].matches('\n').count() + 1 };
        let found = faults(from, to);
        let expected = format!("line {line}: {words}");
        assert!(
            found.iter().any(|fault| fault.starts_with(&expected)),
            "expected {expected:?}, found {found:#?}"
        );
    }
}

/// What is wrong with documents, each fault on the line of its value.
#[test]
fn a_document_names_a_successor_and_a_group_that_are_there() {
    let two = |more: &str| {
        format!(
            "{SMALL}\n[[documents]]\nid = \"D-1\"\ntitle = \"Order\"\n{more}\n[[documents]]\nid = \"D-2\"\n\
             title = \"Later order\"\nstatus = \"replaced\"\nsuccessor = \"D-3\"\n[[documents]]\nid = \"D-3\"\ntitle = \"Last\"\n"
        )
    };
    let good = two("status = \"Replaced in part\"\nparties = [\"Guard\", \"Harbour\"]\nsuccessor = \"D-2\"");
    let read = Organisation::parse(&good).unwrap();
    assert_eq!(Organisation::parse(&read.to_toml()).unwrap(), read);
    let first = read.document(&"D-1".into()).unwrap();
    assert_eq!((first.standing(), first.parties.len()), (crate::domain::organisation::Standing::Replaced, 2));
    assert_eq!(
        read.predecessors(&"D-2".into()).map(|document| &document.id).collect::<Vec<_>>(),
        [&first.id]
    );
    for (more, at, says) in [
        (
            "status = \"replaced\"\nsuccessor = \"D-9\"",
            "successor",
            "document D-1 names the successor D-9, which is not among",
        ),
        ("status = \"replaced\"\nsuccessor = \"D-1\"", "successor", "document D-1 comes back to itself"),
        (
            "status = \"in force\"\nsuccessor = \"D-2\"",
            "status",
            "document D-1 has the successor D-2, so its \"status\"",
        ),
        ("successor = \"D-2\"", "[[documents]]", "document D-1 has the successor D-2, so its \"status\""),
        (
            "working_group = \"NONE\"",
            "working_group",
            "document D-1 names the working group NONE, which is not defined",
        ),
        ("parties = \"Guard\"", "parties", "document D-1: \"parties\" must be a list"),
        ("parties = [\"Guard\", 3]", "parties", "document D-1: \"parties\" must be a text"),
        ("partys = []", "partys", "document D-1 has \"partys\", which is not known here"),
    ] {
        let text = two(more);
        let line = text[..text.find(at).unwrap()].matches('\n').count() + 1;
        let errors: Vec<_> =
            Organisation::parse(&text).unwrap_err().iter().map(ToString::to_string).collect();
        let expected = format!("line {line}: {says}");
        assert!(errors.iter().any(|error| error.starts_with(&expected)), "{expected}: {errors:#?}");
    }
    // What an administrator reads before setting it.
    let before = Organisation::parse(&two("status = \"in force\"")).unwrap();
    let words: Vec<_> = Organisation::difference(
        &before,
        &Organisation::parse(&two("status = \"replaced\"\nsuccessor = \"D-2\"")).unwrap(),
    )
    .into_iter()
    .map(|change| change.words)
    .collect();
    assert_eq!(words, ["The document D-1 (Order) changes. It is replaced by: Later order."]);
}

#[test]
fn many_faults_are_told_at_once_in_the_order_of_lines() {
    let text = SMALL.replace("strength = \"100+\"", "strength = 100").replace("place = ", "plaice = ");
    let errors = Organisation::parse(&text).unwrap_err();
    assert!(errors.len() >= 10, "{errors:#?}");
    assert!(errors.is_sorted());
    let third =
        SMALL.replace("[[branches]]\nid = \"A-1\"", "[[components]]\nid = \"C\"\n[[branches]]\nid = \"A-1\"");
    let errors = Organisation::parse(&third).unwrap_err();
    assert!(
        errors.iter().any(|error| error.line == 15 && error.message.contains("exactly two")),
        "{errors:#?}"
    );
}

#[test]
fn a_circle_of_parents_is_refused_and_does_not_hang_a_look_up() {
    let circle = SMALL.replacen("counterparts = [\"B-HQ\"]", "parent = \"A-TOWN\"", 1);
    let errors = Organisation::parse(&circle).unwrap_err();
    assert_eq!(errors.iter().filter(|error| error.message.contains("comes back to itself")).count(), 2);
    let mut organisation = small();
    organisation.units[2].parent = Some(id("A-TOWN"));
    organisation.units[2].band = Band::UpTo4;
    assert_eq!(organisation.handling_unit(&id("A-TOWN")).unwrap().id, id("A-HQ"));
}

#[test]
fn nonsense_is_refused_without_panic() {
    for text in [
        "",
        "=",
        "[[units]]",
        "units = 3",
        "units = [3]",
        "[units]\nid = 1",
        "calendar = 3",
        "\u{0}",
        "[batches]\nhours = 6",
    ] {
        assert!(Organisation::parse(text).is_err(), "{text:?}");
    }
    assert!(Organisation::parse(&"#".repeat(2_000_001)).is_err());
    assert!(Organisation::parse(&"a = [".repeat(100_000)).is_err());
}

fn difference(from: &str, to: &str) -> Vec<Change> {
    assert!(SMALL.contains(from));
    let new =
        Organisation::parse(&SMALL.replacen(from, to, 1)).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Organisation::difference(&small(), &new)
}

#[test]
fn a_difference_is_told_in_words() {
    assert!(Organisation::difference(&small(), &small()).is_empty());
    let removed = difference("name = \"Operations\"", "name = \"Operations room\"");
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].words, "The headquarters recipient HQ-D (Operations room) changes.");
    assert!(!removed[0].needs_council_lead);
    let all = Organisation::difference(&small(), &demonstration());
    assert!(all.iter().any(|change| change.words == "The unit A-TOWN (Town office) is removed."));
    assert!(
        all.iter()
            .any(|change| change.words.starts_with("The unit OI-KEY (Investigations, Key West) is added"))
    );
}

#[test]
fn an_01_a_finer_place_or_a_smaller_unit_needs_a_council_lead() {
    let needs = |from: &str, to: &str| difference(from, to).iter().any(|change| change.needs_council_lead);
    // Larger, so that its people are no longer shown at the larger unit above.
    assert!(needs("strength = \"5-9\"", "strength = \"10-24\"\ncommander = \"Town chief\""));
    // Smaller.
    assert!(needs("strength = \"5-9\"", "strength = \"0-4\""));
    assert!(needs("strength = \"25-99\"", "strength = \"10-24\""));
    // Larger without any effect on a place.
    assert!(!needs("strength = \"25-99\"", "strength = \"100+\""));
    // Shown higher up than before.
    assert!(!needs("parent = \"A-BIG\"\n", ""));
    // A place or name may be worded more finely.
    assert!(needs("name = \"Big office\"", "name = \"Big office, second floor\""));
    // A new unit of its own under one that exists.
    let added = "[[units]]\nid = \"A-NEW\"\nname = \"New\"\nbranch = \"A-1\"\nplace = \"N\"\nstrength = \"10-24\"\ncommander = \"Chief\"\n\n[[headquarters]]\nid = \"HQ-A\"";
    assert!(needs("[[headquarters]]\nid = \"HQ-A\"", added));
    assert!(!needs("commander = \"Chief\"", "commander = \"Boss\""));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(at in 0_usize..1_500, with in "\\PC{0,6}") {
        let at = (0..=at.min(SMALL.len())).rev().find(|at| SMALL.is_char_boundary(*at)).unwrap_or(0);
        let mut text = SMALL.to_owned();
        text.insert_str(at, &with);
        if let Ok(organisation) = Organisation::parse(&text) {
            proptest::prop_assert_eq!(Organisation::parse(&organisation.to_toml()).unwrap(), organisation);
        }
    }
}
