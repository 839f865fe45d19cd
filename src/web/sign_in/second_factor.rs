//! Setting up an app for codes, and the recovery codes for the day it is lost.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

use crate::crypto::passkey::Challenge;
use crate::crypto::passphrase::Passphrase;
use crate::service::accounts::{FactorState, NotDone, Offer, OwnPasskey, SignInError};
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems, Query};
use crate::web::local::same_site;
use crate::web::page::{Page, StaffFrame};
use crate::web::{App, cookies};

use super::afresh::{FIELD, WRONG, not_done};
use super::door::To;
use super::{PASSKEYS, RECOVERY_CODES, SECOND_FACTOR, home};
use crate::web::page::see_other_emptying_the_form;
use crate::web::when;

/// Light modules around a QR code: readers need four.
const QUIET: usize = 4;

/// A QR code as the path of one inline picture: nothing is fetched and no script runs.
struct Picture {
    /// Modules on each side, the quiet ones included.
    size: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct FactorPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    state: FactorState,
    /// The posts open nothing before this is done.
    must: bool,
    offer: &'a Offer,
    picture: Picture,
    to: &'a str,
    /// Each with the day on which it was added.
    passkeys: Vec<(OwnPasskey, String)>,
    /// What to ask the browser to make, and where it has to be.
    passkey: Option<(Challenge, &'a str)>,
    /// The name that was typed for a new one.
    typed: &'a str,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct CodesPage<'a> {
    frame: StaffFrame,
    codes: &'a [Zeroizing<String>],
    to: &'a str,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(To { to }): Query<To>,
) -> Result<Response, Failure> {
    let to = same_site(&to).unwrap_or_default();
    Ok(page(&app, &staff, &Problems::default(), to, "").await?.into_response())
}

/// Enrols the app that shows the typed code.
pub async fn enrol(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let to = same_site(form.one("to")).unwrap_or_default();
    let mut problems = Problems::default();
    match Passphrase::new(form.one(FIELD).to_owned()) {
        Ok(passphrase) => match app.candor.enrol(&staff.signed_in, passphrase, form.one("code")).await {
            Ok(codes) => return codes_page(&app, &staff, &codes, to).await,
            Err(error) => not_done(error, &mut problems)?,
        },
        Err(_) => problems.add(FIELD, WRONG),
    }
    let page = page(&app, &staff, &problems, to, "").await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// Makes new recovery codes and voids the earlier ones.
pub async fn renew(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let mut problems = Problems::default();
    let made = match Passphrase::new(form.one("renewing").to_owned()) {
        Ok(passphrase) => app.candor.renew_recovery_codes(&staff.signed_in, passphrase).await,
        Err(_) => Err(SignInError::Refused.into()),
    };
    match made {
        Ok(codes) => return codes_page(&app, &staff, &codes, "").await,
        Err(NotDone::SignIn(SignInError::Refused)) => problems.add("renewing", WRONG),
        Err(NotDone::SignIn(SignInError::Problem(problem))) => return Err(problem.into()),
        Err(error) => problems.add("renewing", error.to_string()),
    }
    let page = page(&app, &staff, &problems, "", "").await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// The codes, shown this once; the page itself if there are no new ones.
pub(super) async fn codes_page(
    app: &App,
    staff: &Staff,
    codes: &[Zeroizing<String>],
    to: &str,
) -> Result<Response, Failure> {
    if codes.is_empty() {
        return Ok(see_other_emptying_the_form(SECOND_FACTOR));
    }
    let founded = app.candor.directory().await?.founded;
    // Whoever had to enrol comes to their posts only with the next request, so home is asked for there.
    let to = if !to.is_empty() {
        to
    } else if staff.signed_in.must_enrol {
        crate::web::addresses::SIGN_IN
    } else {
        home(founded, &staff.signed_in)
    };
    let frame = staff.frame(app, &staff.signed_in.sign_in_name);
    let mut response = Page::of(&CodesPage { frame, codes, to })?.into_response();
    cookies::empty_form_on_back(&mut response);
    Ok(response)
}

pub(super) async fn page(
    app: &App,
    staff: &Staff,
    problems: &Problems,
    to: &str,
    typed: &str,
) -> Result<Page, Failure> {
    let signed_in = &staff.signed_in;
    let offer = app.candor.offer(signed_in).await?;
    let directory = app.candor.directory().await?;
    let dated = |passkey: OwnPasskey| {
        let added = when::day(passkey.added, &directory.calendar);
        (passkey, added)
    };
    Page::of(&FactorPage {
        frame: staff.frame(app, &signed_in.sign_in_name),
        csrf: &signed_in.csrf,
        problems,
        state: app.candor.factor_state(signed_in).await?,
        must: signed_in.must_enrol,
        picture: picture(&offer.address)?,
        offer: &offer,
        to,
        passkeys: app.candor.own_passkeys(signed_in).await?.into_iter().map(dated).collect(),
        passkey: app.candor.passkey_invited(signed_in).await?.zip(app.candor.passkeys_at()),
        typed,
    })
}

fn picture(text: &str) -> Result<Picture, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|_| Failure::Internal("a QR code could not be made"))?;
    let width = code.width();
    let mut path = String::new();
    for (row, line) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        while let Some(rest) = line.get(column..).filter(|rest| !rest.is_empty()) {
            let color = rest.first().copied();
            let run = rest.iter().take_while(|other| Some(**other) == color).count();
            if color == Some(Color::Dark) {
                use std::fmt::Write;
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
            }
            column += run;
        }
    }
    Ok(Picture { size: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::{QUIET, picture};

    /// The picture read back into modules is the code that the crate made.
    #[test]
    fn the_picture_has_every_dark_module_and_no_other() {
        let text = "otpauth://totp/Candor:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Candor";
        let picture = picture(text).unwrap();
        let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).unwrap();
        let width = code.width();
        assert_eq!(picture.size, width + 2 * QUIET);
        let mut dark = vec![false; width * width];
        for part in picture.path.split('M').filter(|part| !part.is_empty()) {
            let (place, rest) = part.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let run: usize = rest.split('v').next().unwrap().parse().unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for column in x..x + run {
                dark[(y - QUIET) * width + column - QUIET] = true;
            }
        }
        let expected: Vec<bool> =
            code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
        assert_eq!(dark, expected);
        assert!(dark.iter().any(|module| *module) && dark.iter().any(|module| !module));
    }
}
