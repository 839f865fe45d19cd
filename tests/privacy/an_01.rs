//! AN-01: a case is handled and shown where at least ten people are, never nearer: every unit of the demonstration
//! raises a concern, and whoever handles it looks at every page on which it stands.

use candor::demonstration::data::{self, ORGANISATION};
use candor::domain::concern::{Concern, Statement};
use candor::domain::id::PostId;
use candor::domain::organisation::{Band, Organisation};
use candor::store;

use crate::support::app::{FOUNDED, PASSPHRASE, Reporter, TestApp, concern, open};
use crate::support::http::Client;
use crate::support::{Engine, Fixture, TestDb, block_on};

fn account(post: &PostId) -> String {
    post.to_string().to_lowercase().replace(':', ".")
}

/// A deployment with this organisation, and somebody in every post.
async fn founded(organisation: &Organisation) -> TestApp {
    let database = TestDb::make(Engine::Sqlite).await.unwrap();
    let founders = tempfile::tempdir().unwrap().keep().join("founders.toml");
    let app = TestApp::around(open(&database, founders, FOUNDED, 21).await, database);
    let link = app.candor.invite_first_administrator().await.unwrap().unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    let (administrator, _) = app.administrator().await;
    app.candor.set_organisation(&administrator, &organisation.to_toml()).await.unwrap();
    let mut leads = Vec::new();
    for post in organisation.posts() {
        let leads_council = matches!(post, PostId::Council(_));
        let name = account(&post);
        let link = app.candor.invite(&administrator, &name, false, &[(post, leads_council)]).await.unwrap();
        app.candor.activate(&link, PASSPHRASE).await.unwrap();
        leads.extend(leads_council.then_some(name));
    }
    for lead in &leads {
        app.candor.found(&app.signed_in(lead).await).await.unwrap();
    }
    let lead = app.signed_in(&leads[0]).await;
    for waiting in app.candor.to_approve(&lead).await.unwrap() {
        app.candor.approve(&lead, waiting.account, &waiting.post).await.unwrap();
    }
    app
}

/// Lets every unit raise a concern, and returns the units that whoever handles theirs can tell, though too few
/// people are in them for that.
async fn told(organisation: &Organisation) -> Vec<String> {
    let app = founded(organisation).await;
    app.leaves_work_behind();
    let real = data::organisation().unwrap();
    let mut raised: Vec<(usize, Reporter)> = Vec::new();
    for (index, unit) in organisation.units.iter().enumerate() {
        let component = &organisation.component_of_unit(&unit.id).unwrap().id;
        let other = organisation.other_component(component).unwrap();
        let concern = Concern {
            my_unit: unit.id.clone(),
            other_unit: organisation.branches_of(&other.id)[0].headquarters.clone(),
            statement: Statement { category: None, document: None, ..concern().statement },
            ..concern()
        };
        raised.push((index, app.raise(&concern).await));
    }
    app.run_batches().await;
    let mut told = Vec::new();
    for (index, reporter) in raised {
        let unit = &organisation.units[index];
        let number = app.visit(&reporter).await.number;
        let handling = organisation.handling_unit(&unit.id).unwrap();
        let mut client = Client::new(&app.site());
        client.sign_in(&account(&PostId::Commander(handling.id.clone()))).await;
        let desk = client.get("/desk").await.ok();
        let case = client.case(&number).await.ok();
        case.says(&organisation.shown_place(&unit.id));
        // The row as it rests in clear.
        let mut tx = app.database.read().await;
        let id = store::cases::by_number(&mut tx, &number).await.unwrap().unwrap();
        let row = store::cases::find(&mut tx, id).await.unwrap().unwrap();
        drop(tx);
        assert_eq!(row.raising_unit, handling.id);
        let is_enough = real.unit(&unit.id).unwrap().band.is_enough();
        let shown = [desk.text(), case.text()].iter().any(|text| text.contains(&unit.name));
        if !is_enough && (shown || row.raising_unit == unit.id) {
            told.push(unit.name.clone());
        }
    }
    app.check_left_behind().await;
    told
}

#[test]
fn an_01_every_unit_of_the_demonstration_is_shown_where_enough_people_are() {
    block_on(async {
        let organisation = Organisation::parse(ORGANISATION).unwrap();
        assert!(organisation.units.iter().filter(|unit| !unit.band.is_enough()).count() > 3);
        assert_eq!(told(&organisation).await, Vec::<String>::new());
    });
}

/// The control: were each unit said to be large enough, the same look would tell which small one it is.
#[test]
fn an_01_control_with_every_unit_said_to_be_large_the_small_ones_are_told() {
    block_on(async {
        let mut organisation = Organisation::parse(ORGANISATION).unwrap();
        for unit in organisation.units.iter_mut().filter(|unit| !unit.band.is_enough()) {
            unit.band = Band::UpTo24;
            if unit.commander.is_empty() {
                unit.commander = format!("Head of {}", unit.id);
            }
        }
        let small = data::organisation().unwrap().units.iter().filter(|unit| !unit.band.is_enough()).count();
        let told = told(&organisation).await;
        assert!(
            told.len() == small && told.iter().any(|name| name == "Investigations, Key West"),
            "{told:?}"
        );
    });
}
