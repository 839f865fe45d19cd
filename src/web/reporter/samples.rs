//! A small organisation and a filled-in form, for tests.

use crate::clock::Timestamp;
use crate::domain::organisation::{
    Band, Branch, CalendarSettings, Category, Component, Document, HeadquartersUnit, Organisation,
    USUAL_BATCH_HOURS, Unit,
};
use crate::web::form::Fields;

use super::draft::Draft;

/// 24 November 2026.
pub const NOW: Timestamp = Timestamp(1_795_500_000);

pub fn organisation() -> Organisation {
    let component = |id: &str, name: &str| Component { id: id.into(), name: name.into(), short: name.into() };
    let branch = |id: &str, component: &str, headquarters: &str| Branch {
        id: id.into(),
        name: id.to_uppercase(),
        component: component.into(),
        headquarters: headquarters.into(),
    };
    let unit = |id: &str, branch: &str, counterparts: &[&str]| Unit {
        id: id.into(),
        name: id.to_uppercase(),
        branch: branch.into(),
        parent: None,
        place: "North".into(),
        band: Band::Over99,
        commander: "Chief".into(),
        counterparts: counterparts.iter().map(|id| (*id).into()).collect(),
    };
    Organisation {
        department: "Department".into(),
        council: "Council".into(),
        calendar: CalendarSettings::default(),
        batch_hours: USUAL_BATCH_HOURS.to_vec(),
        components: vec![component("guard", "Guard"), component("inquiries", "Inquiries")],
        branches: vec![
            branch("patrol", "guard", "south-patrol"),
            branch("inquiry", "inquiries", "south-inquiry"),
            branch("removal", "inquiries", "south-removal"),
        ],
        units: vec![
            unit("north-patrol", "patrol", &["north-inquiry"]),
            unit("south-patrol", "patrol", &[]),
            unit("north-inquiry", "inquiry", &["north-patrol"]),
            unit("south-inquiry", "inquiry", &[]),
            unit("south-removal", "removal", &[]),
        ],
        headquarters: vec![HeadquartersUnit { id: "policy".into(), name: "Policy".into(), component: None }],
        working_groups: Vec::new(),
        categories: vec![Category { id: "information".into(), name: "Information".into() }],
        documents: vec![Document {
            id: "memo".into(),
            title: "Memorandum".into(),
            date: "2004".into(),
            status: "in force".into(),
            parties: Vec::new(),
            successor: None,
            working_group: None,
        }],
        channels: Vec::new(),
    }
}

/// A form with the four required answers, and with these changes.
pub fn draft(changes: &[(&'static str, &str)]) -> Draft {
    let mut all = vec![
        ("our_branch", "patrol"),
        ("our_unit", "north-patrol"),
        ("other_branch", "inquiry"),
        ("other_unit", "north-inquiry"),
        ("what_happens", "Calls are not answered."),
        ("handler", "no"),
    ];
    all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    all.extend(changes);
    Draft::of(&fields(&all))
}

/// These fields as a browser sends them.
pub fn fields(sent: &[(&str, &str)]) -> Fields {
    use std::fmt::Write;
    let mut body = String::new();
    for (name, value) in sent {
        let _ = write!(body, "&{name}=");
        value.bytes().for_each(|byte| {
            let _ = write!(body, "%{byte:02X}");
        });
    }
    Fields::parse(body.as_bytes()).unwrap()
}
