//! A real browser, started by the test and gone with it.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

/// Starts the driver, waits until it listens, and ends it, and with it its browsers, when the input ends.
const SCRIPT: &str = r#"
trap '' INT
chromedriver --port="$1" --log-level=OFF >/dev/null 2>&1 &
driver=$!
echo started
read -r _
kill $driver
wait $driver
"#;

/// How pages are looked at on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    /// At both widths, with a picture of each.
    Pictures,
    /// At the narrower width alone, and at each page once in a journey.
    Glances,
}

/// The pages that were looked at in a journey, in whichever of its browsers.
pub type Pages = Arc<Mutex<BTreeSet<String>>>;

/// A browser window with what it needs.
#[derive(Debug)]
pub struct Browser {
    pub client: Client,
    scripts: bool,
    eye: Eye,
    looked_at: Pages,
    site: String,
    _driver: Driver,
    _profile: TempDir,
}

#[derive(Debug)]
struct Driver {
    address: String,
    _alive: (Child, ChildStdin),
}

fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether there is a browser here; says so once if not.
#[must_use]
pub fn is_there() -> bool {
    use std::sync::OnceLock;
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let there = has("chromium") && has("chromedriver");
        if !there {
            crate::support::skip("browser", "chromium or chromedriver is not installed");
        }
        there
    })
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Driver {
    #[expect(clippy::zombie_processes, reason = "it ends itself when its input does")]
    async fn start() -> Self {
        let port = free_port();
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "sh", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Self { address: format!("http://127.0.0.1:{port}"), _alive: (child, input) };
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the driver does not answer");
    }
}

/// Serves a router as the program does, and returns its address.
pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    // Cookies for this host alone need TLS, or the one name that browsers trust without it.
    format!("http://localhost:{port}")
}

/// Where pictures for people to look at go.
#[must_use]
pub fn pictures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots")
}

impl Browser {
    /// Opens a browser on a site, with or without scripts.
    pub async fn open(site: &str, scripts: bool, eye: Eye, looked_at: Pages) -> Self {
        let driver = Driver::start().await;
        let profile = tempfile::tempdir().unwrap();
        let mut options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1280,900", "--lang=en-US",
                format!("--user-data-dir={}", profile.path().display()),
            ],
        });
        if !scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let mut wishes = serde_json::Map::new();
        wishes.insert("browserName".to_owned(), json!("chrome"));
        wishes.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wishes)
            .connect(&driver.address)
            .await
            .expect("the browser starts");
        Self { client, scripts, eye, looked_at, site: site.to_owned(), _driver: driver, _profile: profile }
    }

    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.site)).await.unwrap();
    }

    /// The path of the page that is shown.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// What the page says; nothing while one page gives way to the next.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// The names of the cookies there are, but for the one that lives a second to empty a form.
    pub async fn cookies(&self) -> Vec<String> {
        let cookies = self.client.get_all_cookies().await.unwrap();
        cookies.iter().map(|cookie| cookie.name().to_owned()).filter(|name| name != "__Host-clear").collect()
    }

    /// Waits for something that the browser has to come to first, up to ten seconds.
    pub async fn wait_until(&self, holds: impl AsyncFn() -> bool) -> bool {
        for _ in 0..100 {
            if holds().await {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        false
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let says = self.wait_until(async || self.text().await.contains(words)).await;
            assert!(says, "{caller}: the page lacks \"{words}\":\n{}", self.text().await);
        }
    }

    pub async fn find(&self, css: &str) -> Element {
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => {
                panic!("{} has no {css} ({error}):\n{}", self.path().await, self.text().await)
            }
        }
    }

    /// Presses a button or follows a link by what it says.
    pub async fn press(&self, label: &str) {
        let way = format!(
            "//main//button[contains(normalize-space(.), {label:?})] | \
             //main//a[contains(normalize-space(.), {label:?})] | //main//summary[contains(., {label:?})]"
        );
        match self.client.find(Locator::XPath(&way)).await {
            Ok(element) => element.click().await.unwrap(),
            Err(error) => {
                panic!("{} offers no \"{label}\" ({error}):\n{}", self.path().await, self.text().await)
            }
        }
    }

    /// Types into a field by its name, over what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("[name=\"{name}\"]:not([type=hidden])")).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses a tile, tick box or list entry by name and value.
    pub async fn choose(&self, name: &str, value: &str) {
        let css = format!("input[name=\"{name}\"][value=\"{value}\"], select[name=\"{name}\"]");
        let field = self.find(&css).await;
        if field.tag_name().await.unwrap() == "select" {
            field.select_by_value(value).await.unwrap();
        } else {
            // People press the label; the input itself may be drawn over.
            let label = self.client.find(Locator::Css(&format!("label[for=\"{name}-{value}\"]"))).await;
            match label {
                Ok(label) => label.click().await.unwrap(),
                Err(_) => field.click().await.unwrap(),
            }
        }
    }

    /// Fills in a field of any kind, as people do with what the page shows them.
    pub async fn enter(&self, name: &str, value: &str) {
        let field = self.find(&format!("[name=\"{name}\"]:not([type=hidden])")).await;
        let tag = field.tag_name().await.unwrap();
        let kind = field.attr("type").await.unwrap();
        match (tag.as_str(), kind.as_deref()) {
            ("select", _) | (_, Some("radio" | "checkbox")) => self.choose(name, value).await,
            (_, Some("date")) => self.set_date(name, value).await,
            _ => self.fill(name, value).await,
        }
    }

    /// Sets a date, as year, month, day, whatever way the browser shows it.
    pub async fn set_date(&self, name: &str, date: &str) {
        let (year, rest) = date.split_once('-').unwrap();
        let (month, day) = rest.split_once('-').unwrap();
        let field = self.find(&format!("[name=\"{name}\"]")).await;
        field.send_keys(&format!("{month}{day}{year}")).await.unwrap();
        assert_eq!(field.prop("value").await.unwrap().as_deref(), Some(date), "the date as it was typed");
    }

    /// Looks at the page as this browser is meant to: nothing to scroll sideways at 360 pixels, nothing for axe to find.
    pub async fn look(&self, name: &str) {
        match self.eye {
            Eye::Pictures => self.depict(name).await,
            Eye::Glances if self.looked_at.lock().unwrap().insert(name.to_owned()) => {
                self.client.set_window_size(360, 900).await.unwrap();
                self.check(name, 360).await;
            }
            Eye::Glances => {}
        }
    }

    async fn check(&self, name: &str, width: u32) {
        self.fits(name, width).await;
        // Where a page may run no scripts, axe does not come to its end.
        if self.scripts {
            super::axe::check(&self.client, &format!("{name} at {width} pixels")).await;
        }
    }

    async fn fits(&self, name: &str, width: u32) {
        let over = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let over = self.client.execute(over, vec![]).await.unwrap();
        assert_eq!(over, json!(0), "{name} scrolls sideways at {width} pixels");
    }

    /// Looks at the page at each width, and takes a picture.
    async fn depict(&self, name: &str) {
        let way = if self.scripts { "on" } else { "off" };
        for width in [1280, 360] {
            self.client.set_window_size(width, 900).await.unwrap();
            self.check(name, width).await;
            // The whole page, as far as people look.
            let height = self.client.execute("return document.documentElement.scrollHeight", vec![]).await;
            let height =
                height.unwrap().as_u64().and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(900);
            self.client.set_window_size(width, height.clamp(900, 8_000) + 150).await.unwrap();
            let picture = self.client.screenshot().await.unwrap();
            std::fs::create_dir_all(pictures()).unwrap();
            std::fs::write(pictures().join(format!("{name}-{width}-scripts-{way}.png")), picture).unwrap();
        }
        self.client.set_window_size(1280, 900).await.unwrap();
    }

    /// Ends it; a browser that is left open would keep its driver.
    pub async fn close(self) {
        self.client.close().await.unwrap();
    }
}
