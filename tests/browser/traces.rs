//! What a visit leaves in a real browser, with scripts and without: in titles, addresses and history (AN-11), behind
//! Back and in every store (AN-12), after the quick exit from every step (AN-13), and beside a staff session (AN-18).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::map_request;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use candor::web::settings::WebSettings;
use candor::web::{self, App};
use fantoccini::Locator;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use super::driver::{self, Browser, Eye, Pages, serve};
use super::steps::sign_in;
use crate::support::app::{CONCERNED, RAISING, TestApp, concern};
use crate::support::site::routes;
use crate::support::{Engine, Fixture, block_on};

/// Stands in everything that is typed here, and nowhere else.
pub const TYPED: &str = "lanternfish";

/// Words that would tell somebody behind the writer, or a history, what this site is.
pub const TELLING: [&str; 9] =
    ["concern", "dispute", "complain", "report", "anonym", "whistle", "candor", "receipt", "retaliat"];

/// Every page of a form or visit that has the quick exit, in the order in which somebody comes to it.
const STEPS: [&str; 24] = [
    "start",
    "access phrase",
    "branch",
    "unit",
    "other side",
    "write",
    "problems",
    "review",
    "few know it",
    "sent",
    "come back",
    "wrong words",
    "waiting",
    "taken back",
    "ended visit",
    "visit",
    "files",
    "outcome",
    "objection",
    "nowhere",
    "library",
    "search",
    "received",
    // Last: it leaves a session behind.
    "signed in",
];

/// The access phrase of the deployment, for as long as a step needs one.
const PHRASE: &str = "Blue River Seven";

/// From the press to the browser's asking for the way out, at most; what the design promises.
const AT_ONCE: Duration = Duration::from_millis(200);

/// How often a step is tried before it is slow: a machine can be busy for a moment, a page is slow each time.
const TRIES: usize = 5;

/// A command of the browser's own protocol: it works where a page may run no scripts.
#[derive(Debug)]
struct Cdp(&'static str, Value);

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

pub async fn cdp(browser: &Browser, command: &'static str, parameters: Value) -> Value {
    browser.client.issue_cmd(Cdp(command, parameters)).await.unwrap()
}

/// A deployment with a concern that waits, one that is open, and a neutral site to leave to.
pub struct Scene {
    app: TestApp,
    site: String,
    neutral: String,
    waiting: String,
    open: String,
    resolved: String,
    /// How long each form was that reached the site.
    sent: Arc<Mutex<Vec<usize>>>,
    /// When somebody last asked for the way out.
    left: Arc<Mutex<Option<Instant>>>,
}

impl Scene {
    pub async fn set() -> Self {
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        app.leaves_work_behind();
        let (resolved, number) = app.open_case(&concern()).await;
        app.resolve(&number, RAISING, CONCERNED).await;
        let open = app.open_case(&concern()).await.0.words;
        let waiting = app.raise(&concern()).await.words;
        let page = || async { Html("<!doctype html><title>Weather</title><p>Sunny.</p>") };
        let neutral = serve(Router::new().route("/", get(page))).await.replace("localhost", "127.0.0.1");
        let settings = WebSettings { neutral_site: format!("{neutral}/"), ..WebSettings::default() };
        let sent = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(Mutex::new(None));
        let (seen, leaving) = (sent.clone(), left.clone());
        let router = web::router(App::new(app.candor.clone(), settings)).layer(map_request(
            move |request: Request| {
                let length = request.headers().get(header::CONTENT_LENGTH);
                let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
                if let Some(length) = length.filter(|_| request.method() == Method::POST) {
                    seen.lock().unwrap().push(length);
                }
                if request.uri().path() == "/leave" {
                    *leaving.lock().unwrap() = Some(Instant::now());
                }
                async { request }
            },
        ));
        let (site, resolved) = (serve(router).await, resolved.words);
        Self { app, site, neutral, waiting, open, resolved, sent, left }
    }

    async fn set_phrase(&self, phrase: Option<&str>) {
        let (administrator, _) = self.app.administrator().await;
        self.app.candor.set_access_phrase(&administrator, phrase).await.unwrap();
    }

    pub async fn browser(&self, scripts: bool) -> Browser {
        Browser::open(&self.site, scripts, Eye::Glances, Pages::default()).await
    }

    /// Goes to a step of the form or of a visit, from its beginning, with something typed on the way.
    pub async fn reach(&self, browser: &Browser, step: &str) {
        let comes_back = async |words: &str| {
            browser.go("/return").await;
            browser.fill("words", words).await;
            browser.press("Open").await;
        };
        match step {
            "start" => return browser.go("/").await,
            "come back" => {
                browser.go("/return").await;
                return browser.fill("words", TYPED).await;
            }
            "wrong words" => {
                comes_back(TYPED).await;
                return browser.says("is not one of the words").await;
            }
            "access phrase" => {
                self.set_phrase(Some(PHRASE)).await;
                browser.go("/write").await;
                browser.says("The access phrase").await;
                browser.fill("phrase", TYPED).await;
                return self.set_phrase(None).await;
            }
            "taken back" => {
                browser.go("/return/taken-back").await;
                return browser.says("taken back").await;
            }
            "ended visit" => {
                cdp(browser, "Network.clearBrowserCookies", json!({})).await;
                browser.go("/return/visit").await;
                browser.says("Your visit has ended").await;
                return browser.fill("words", TYPED).await;
            }
            "outcome" | "objection" => {
                comes_back(&self.resolved).await;
                browser.says("The outcome").await;
                if step == "objection" {
                    browser.press("I do not accept the outcome").await;
                    browser.fill("objection_text", TYPED).await;
                }
                return;
            }
            "nowhere" => return browser.go("/nowhere").await,
            "library" => return browser.go("/library").await,
            "search" => {
                browser.go("/library/search").await;
                return browser.fill("question", TYPED).await;
            }
            "received" => return browser.go("/received").await,
            "signed in" => {
                sign_in(browser, RAISING).await;
                browser.go("/write").await;
                return browser.says("Please sign out first").await;
            }
            "waiting" => {
                comes_back(&self.waiting).await;
                return browser.says("Your concern waits").await;
            }
            "visit" => {
                comes_back(&self.open).await;
                return browser.says("Where your concern stands").await;
            }
            "files" => {
                comes_back(&self.open).await;
                browser.says("Where your concern stands").await;
                browser.go("/return/files").await;
                return browser.says("Attach a file").await;
            }
            _ => {}
        }
        // While one page gives way to the next, what is looked for may not be there yet.
        let choose = async |name: &str, value: &str| {
            let css = format!("main [name=\"{name}\"]:not([type=hidden])");
            assert!(
                browser.wait_until(async || browser.client.find(Locator::Css(&css)).await.is_ok()).await,
                "{css}"
            );
            browser.choose(name, value).await;
        };
        browser.go("/write").await;
        choose("our_branch", "RIV-PAT").await;
        if step == "branch" {
            return;
        }
        browser.press("Continue").await;
        choose("our_unit", "RIV-EAST").await;
        if step == "unit" {
            return;
        }
        browser.press("Continue").await;
        choose("other_pick", "unit:HAR-EAST").await;
        if step == "other side" {
            return;
        }
        browser.press("Continue").await;
        browser.says("Check before sending").await;
        browser.fill("what_happens", &format!("The {TYPED} is gone.")).await;
        if step == "problems" {
            browser.press("Check before sending").await;
            return browser.says("Nothing was sent").await;
        }
        choose("handler", "no").await;
        if step == "write" {
            return;
        }
        browser.press("Check before sending").await;
        choose("known", if step == "few know it" { "1-2" } else { "10" }).await;
        choose("saved", "yes").await;
        if step == "review" {
            return;
        }
        if step == "few know it" {
            browser.press("Send").await;
            return browser.says("One or two people know this").await;
        }
        browser.press("Send").await;
        browser.says("It is sent").await;
    }
}

/// Addresses and titles that the window's history holds, and which of them is shown.
pub async fn history(browser: &Browser) -> (Vec<(String, String)>, usize) {
    let held = cdp(browser, "Page.getNavigationHistory", json!({})).await;
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = held["entries"].as_array().unwrap().iter();
    let entries = entries.map(|entry| (word(entry, "url"), word(entry, "title"))).collect();
    (entries, usize::try_from(held["currentIndex"].as_u64().unwrap()).unwrap())
}

/// What an address or title would tell. Empty if nothing.
pub fn told_by(url: &str, title: &str) -> Vec<String> {
    let mut told = Vec::new();
    let both = format!("{url} {title}").to_lowercase();
    told.extend(TELLING.iter().filter(|word| both.contains(**word)).map(|word| format!("{word} in {both}")));
    let path = url.split("://").nth(1).and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
    let known = routes().iter().any(|route| route.path.trim_start_matches('/') == path);
    if url.starts_with("http") && !known {
        told.push(format!("{url} says more than which page it is"));
    }
    told
}

/// Everything that can be read on a page: what it says, its source, and what its fields hold.
pub async fn shown(browser: &Browser) -> String {
    let fields =
        "return Array.from(document.querySelectorAll('input, textarea')).map(one => one.value).join('|')";
    let fields =
        browser.client.execute(fields, vec![]).await.map_or(String::new(), |value| value.to_string());
    format!("{} {} {fields}", browser.text().await, browser.client.source().await.unwrap_or_default())
}

/// What a site has left in this browser, but for pages to go back to.
async fn left(browser: &Browser, site: &str) -> Vec<String> {
    let mut left = Vec::new();
    let origin = json!({ "securityOrigin": site });
    for (command, list) in
        [("IndexedDB.requestDatabaseNames", "databaseNames"), ("CacheStorage.requestCacheNames", "caches")]
    {
        let found = cdp(browser, command, origin.clone()).await;
        if found[list].as_array().is_none_or(|all| !all.is_empty()) {
            left.push(list.to_owned());
        }
    }
    let stored = "return localStorage.length + sessionStorage.length";
    if browser.client.execute(stored, vec![]).await.unwrap() != json!(0) {
        left.push("storage".to_owned());
    }
    let used = cdp(browser, "Storage.getUsageAndQuota", json!({ "origin": site })).await;
    if used["usage"].as_f64() != Some(0.0) {
        left.push("usage".to_owned());
    }
    if !browser.cookies().await.is_empty() {
        left.push("cookies".to_owned());
    }
    left
}

/// Goes back through everything there is to go back to. Returns the pages on which something typed is shown.
async fn behind(browser: &Browser) -> Vec<String> {
    let mut telling = Vec::new();
    let (_, mut steps) = history(browser).await;
    while steps > 0 {
        browser.client.back().await.unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        if shown(browser).await.contains(TYPED) {
            telling.push(browser.path().await);
        }
        steps -= 1;
    }
    telling
}

pub fn with_scripts_and_without(body: impl AsyncFn(Scene, bool)) {
    if !driver::is_there() {
        return;
    }
    block_on(async {
        for scripts in [true, false] {
            body(Scene::set().await, scripts).await;
        }
    });
}

#[test]
fn an_11_titles_addresses_and_history_say_nothing() {
    with_scripts_and_without(async |scene, scripts| {
        let browser = scene.browser(scripts).await;
        // What is asked for by name is in the history by that name, and signing in is no secret.
        for step in STEPS.into_iter().filter(|step| !["nowhere", "signed in"].contains(step)) {
            scene.reach(&browser, step).await;
            let title = browser.client.title().await.unwrap();
            assert!(title.ends_with("Field Library"), "{step}: {title}");
        }
        let (entries, _) = history(&browser).await;
        assert!(entries.len() > STEPS.len(), "{entries:?}");
        for (url, title) in &entries {
            let title = if url.starts_with("http") { title } else { "" };
            assert_eq!(told_by(url, title), Vec::<String>::new());
        }
        // What is sent is as long whatever was typed, where there are scripts to fill it up. The control: without
        // them it is not.
        let sent = scene.sent.lock().unwrap().clone();
        assert!(sent.len() > 10, "{sent:?}");
        assert_eq!(sent.iter().all(|length| length % 8_192 == 0), scripts, "{sent:?}");
        browser.close().await;
    });
    // The controls.
    assert!(!told_by("http://localhost:1/write", "Raise a concern – Field Library").is_empty());
    assert!(!told_by("http://localhost:1/return/visit?receipt=abacus", "Field Library").is_empty());
    assert!(!told_by("http://localhost:1/case/ABC-1234", "Field Library").is_empty());
}

#[test]
fn an_12_nothing_is_left_after_sending_and_after_the_exit() {
    with_scripts_and_without(async |scene, scripts| {
        for step in ["sent", "write", "review", "visit"] {
            let browser = scene.browser(scripts).await;
            scene.reach(&browser, step).await;
            if step != "sent" {
                leave(&scene, &browser).await;
                browser.client.back().await.unwrap();
                tokio::time::sleep(Duration::from_millis(150)).await;
                assert!(
                    !shown(&browser).await.contains(TYPED),
                    "{step}, scripts {scripts}: Back shows what was typed"
                );
            }
            let telling = behind(&browser).await;
            assert_eq!(telling, Vec::<String>::new(), "{step}, scripts {scripts}");
            browser.go("/").await;
            assert!(browser.wait_until(async || browser.cookies().await.is_empty()).await);
            assert_eq!(left(&browser, &scene.site).await, Vec::<String>::new(), "{step}, scripts {scripts}");
            browser.close().await;
        }
    });
}

/// The control: a site that keeps things, and that leads on after sending without emptying the form.
#[test]
fn an_12_control_what_is_left_is_found() {
    const PAGE: &str = "<!doctype html><title>x</title><form method=post action=/keep><textarea name=text></textarea>\
        <button>Go</button></form><script>localStorage.a = 1; caches.open('a'); indexedDB.open('a')</script>";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        for scripts in [true, false] {
            let router = Router::new()
                .route(
                    "/",
                    get(async || ([(header::SET_COOKIE, "kept=1; Path=/")], Html(PAGE)).into_response()),
                )
                .route("/keep", post(async || Redirect::to("/done")))
                .route("/done", get(async || Html("<!doctype html><title>x</title><p>Done.</p>")));
            let site = serve(router).await;
            let browser = Browser::open(&site, scripts, Eye::Glances, Pages::default()).await;
            browser.go("/").await;
            browser.fill("text", TYPED).await;
            browser.find("button").await.click().await.unwrap();
            browser.says("Done.").await;
            let found =
                browser.wait_until(async || left(&browser, &site).await.len() >= if scripts { 5 } else { 1 });
            assert!(found.await, "{:?}", left(&browser, &site).await);
            assert!(!behind(&browser).await.is_empty(), "Back shows nothing typed, scripts {scripts}");
            browser.close().await;
        }
    });
}

/// Presses "Leave this site", as a mouse does. Returns how long it took from the press until the browser asked for the
/// way out, which is after it has begun to go.
async fn leave(scene: &Scene, browser: &Browser) -> Duration {
    const PLACE: &str = "const link = document.querySelector('[data-exit]'); link.scrollIntoView();
        const place = link.getBoundingClientRect();
        return [place.x + place.width / 2, place.y + place.height / 2];";
    let place = browser.client.execute(PLACE, vec![]).await.unwrap();
    *scene.left.lock().unwrap() = None;
    let pressed = Instant::now();
    for kind in ["mousePressed", "mouseReleased"] {
        let press = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
        cdp(browser, "Input.dispatchMouseEvent", press).await;
    }
    gone(scene, browser).await;
    let left = scene.left.lock().unwrap().expect("it asked for the way out");
    left.duration_since(pressed)
}

async fn is_gone(scene: &Scene, browser: &Browser) -> bool {
    browser.client.current_url().await.unwrap().as_str().starts_with(&scene.neutral)
}

pub async fn gone(scene: &Scene, browser: &Browser) {
    let left = browser.wait_until(async || is_gone(scene, browser).await).await;
    assert!(left, "{} is still shown", browser.path().await);
}

#[test]
fn an_13_the_exit_leaves_from_every_step_and_nothing_typed_stays_in_the_history() {
    with_scripts_and_without(async |scene, scripts| {
        let mut times = Vec::new();
        // A history holds fifty pages, and then forgets the first.
        for steps in STEPS.chunks(8) {
            let browser = scene.browser(scripts).await;
            for step in steps {
                let mut fastest = Duration::MAX;
                for _ in 0..TRIES {
                    fastest = fastest.min(the_exit_leaves_from(&scene, &browser, step, scripts).await);
                    if fastest <= AT_ONCE {
                        break;
                    }
                }
                assert!(fastest <= AT_ONCE, "{step}, scripts {scripts}: {fastest:?} at best");
                times.push(fastest.as_secs_f64() * 1_000.0);
            }
            browser.close().await;
        }
        times.sort_by(f64::total_cmp);
        crate::privacy::adversary::print(&format!(
            "AN-13: from the press to the request for the way out, scripts {scripts}: median {:.0} ms, at most {:.0} ms \
             of {} steps",
            times[times.len() / 2],
            times[times.len() - 1],
            times.len()
        ));
    });
}

async fn the_exit_leaves_from(scene: &Scene, browser: &Browser, step: &str, scripts: bool) -> Duration {
    scene.reach(browser, step).await;
    let (before, _) = history(browser).await;
    let took = leave(scene, browser).await;
    let (after, at) = history(browser).await;
    assert!(after[at].0.starts_with(&scene.neutral), "{step}: {after:?}");
    // With scripts the page itself is gone from the history; without, it stays, as the page says.
    assert_eq!(after.len(), before.len() + usize::from(!scripts), "{step}: {after:?}");
    // Whoever asks for what is not there has that in their history already, and signing in is no secret.
    let own = |url: &str| url.ends_with("/nowhere") || url.contains("/staff/") || url.contains("/desk");
    for (url, title) in after.iter().filter(|(url, _)| url.starts_with(&scene.site) && !own(url)) {
        assert_eq!(told_by(url, title), Vec::<String>::new(), "{step}");
    }
    browser.client.back().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!shown(browser).await.contains(TYPED), "{step}, scripts {scripts}: Back shows what was typed");
    if step == "signed in" {
        // It is no visit, and does not end with one.
        assert!(!browser.cookies().await.is_empty());
        cdp(browser, "Network.clearBrowserCookies", json!({})).await;
    }
    browser.go("/").await;
    let ended = browser.wait_until(async || browser.cookies().await.is_empty()).await;
    assert!(ended, "{step}: the visit goes on");
    took
}

/// The control of the clock: a page that is busy with something else when it is pressed is found to be slow.
#[test]
fn an_13_control_a_slow_page_is_found_to_be_slow() {
    const BUSY: &str = "document.querySelector('[data-exit]').addEventListener('click', () => {
        const until = Date.now() + 400; while (Date.now() < until) { /* busy */ } }, true);";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let scene = Scene::set().await;
        let browser = scene.browser(true).await;
        scene.reach(&browser, "start").await;
        browser.client.execute(BUSY, vec![]).await.unwrap();
        let took = leave(&scene, &browser).await;
        assert!(took > 2 * AT_ONCE, "{took:?}");
        browser.close().await;
    });
}

/// Whatever a clock says: when the press has been dealt with, before anything else can happen, nothing of the page is
/// shown any more and the browser has been told where to go, in this page's place.
#[test]
fn an_13_with_the_press_the_page_is_gone_and_the_browser_on_its_way() {
    const LOOK: &str = "
        const told = [];
        navigation.addEventListener('navigate', event => told.push(event.navigationType, event.destination.url));
        const shown = () => [
            document.documentElement.checkVisibility(), document.title !== '', document.body.getClientRects().length > 0];
        const link = document.querySelector('[data-exit]');
        const idle = arguments[0], other = idle ? link.cloneNode(true) : link;
        link.replaceWith(other);
        document.addEventListener('click', event => { if (idle) { event.preventDefault(); } }, { once: true });
        const before = shown();
        other.click();
        other.replaceWith(link);
        return [before, shown(), told];";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let scene = Scene::set().await;
        let browser = scene.browser(true).await;
        for step in STEPS {
            scene.reach(&browser, step).await;
            // The control: a link that no script looks after, and that leads nowhere.
            let idle = browser.client.execute(LOOK, vec![json!(true)]).await.unwrap();
            assert_eq!(idle, json!([[true, true, true], [true, true, true], []]), "{step}");
            let found = browser.client.execute(LOOK, vec![json!(false)]).await.unwrap();
            let leaving = format!("{}/leave", scene.site);
            let gone = json!([[true, true, true], [false, false, false], ["replace", leaving]]);
            assert_eq!(found, gone, "{step}");
            self::gone(&scene, &browser).await;
        }
        browser.close().await;
    });
}

/// Presses Shift three times, as a keyboard does.
pub async fn shift_three_times(browser: &Browser) {
    for _ in 0..3 {
        for kind in ["rawKeyDown", "keyUp"] {
            let key =
                json!({ "type": kind, "key": "Shift", "code": "ShiftLeft", "windowsVirtualKeyCode": 16 });
            cdp(browser, "Input.dispatchKeyEvent", key).await;
        }
    }
}

#[test]
fn an_13_shift_three_times_leaves_and_can_be_switched_off() {
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let scene = Scene::set().await;
        let browser = scene.browser(true).await;
        for step in ["start", "write", "review", "visit"] {
            scene.reach(&browser, step).await;
            shift_three_times(&browser).await;
            gone(&scene, &browser).await;
        }
        // The control: whoever has switched it off stays.
        scene.reach(&browser, "write").await;
        browser.find("[data-exit-toggle]").await.click().await.unwrap();
        shift_three_times(&browser).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!is_gone(&scene, &browser).await);
        browser.find("[data-exit-toggle]").await.click().await.unwrap();
        shift_three_times(&browser).await;
        gone(&scene, &browser).await;
        browser.close().await;
    });
}

#[test]
fn an_18_reporter_pages_stay_shut_until_signed_out() {
    with_scripts_and_without(async |scene, scripts| {
        let browser = scene.browser(scripts).await;
        // The control: before anybody signs in they are open.
        browser.go("/write").await;
        browser.says("Raise a concern").await;
        sign_in(&browser, RAISING).await;
        for path in ["/write", "/write/sent", "/return", "/return/visit", "/return/taken-back"] {
            browser.go(path).await;
            browser.says("Please sign out first").await;
            assert!(browser.client.find(Locator::Css("main form")).await.is_err(), "{path} takes something");
        }
        browser.press("Go to sign out").await;
        browser.press("Sign out").await;
        assert!(browser.wait_until(async || browser.cookies().await.is_empty()).await);
        scene.reach(&browser, "visit").await;
        browser.close().await;
        drop(scene.app);
    });
}
