//! Somebody at a browser, without the browser: cookies, redirects and forms against the router.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

pub const HOST: &str = "candor.example";

/// One browser: it keeps cookies and sends what a browser sends.
#[derive(Clone, Debug)]
pub struct Client {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request, after and over the usual ones.
    pub extra: Vec<(String, String)>,
}

/// What came back, redirects followed.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// The address of the page in the end.
    pub path: String,
}

impl Client {
    #[must_use]
    pub fn new(router: &Router) -> Self {
        Self { router: router.clone(), cookies: BTreeMap::new(), extra: Vec::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send(Method::GET, path, None).await;
        self.follow(answer).await
    }

    /// Sends fields as a form does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post_only(path, fields).await;
        self.follow(answer).await
    }

    /// As [`Client::post`], without following redirects.
    pub async fn post_only(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect::<Vec<_>>()
            .join("&");
        self.send(Method::POST, path, Some(body.into_bytes())).await
    }

    /// Sends a form of a page, as filled in.
    pub async fn submit(&mut self, form: &Form) -> Answer {
        let fields: Vec<_> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&form.action, &fields).await
    }

    async fn follow(&mut self, mut answer: Answer) -> Answer {
        let mut steps = 0;
        while answer.status.is_redirection() {
            steps += 1;
            assert!(steps < 10, "redirected for ever");
            let location = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
            if !location.starts_with('/') {
                break;
            }
            answer = self.send(Method::GET, &location, None).await;
        }
        answer
    }

    /// One request and its answer, with a body as it stands.
    pub async fn send(&mut self, method: Method, path: &str, body: Option<Vec<u8>>) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path).header(header::HOST, HOST);
        let mut usual: BTreeMap<String, String> = BTreeMap::new();
        usual.insert("accept".to_owned(), "text/html".to_owned());
        usual.insert("sec-fetch-site".to_owned(), "same-origin".to_owned());
        if body.is_some() {
            usual.insert("origin".to_owned(), format!("https://{HOST}"));
            usual.insert("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            usual.insert("cookie".to_owned(), cookies.join("; "));
        }
        for (name, value) in &self.extra {
            usual.insert(name.clone(), value.clone());
        }
        for (name, value) in &usual {
            request = request.header(name, value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            path: path.to_owned(),
        }
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        // The form-clearing cookie lasts a second: as good as gone.
        if attributes.contains("Max-Age=0") || attributes.contains("Max-Age=1;") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// A form of a page: where it goes, and every field with the value it would send untouched.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// What could be chosen in the place of what is.
    pub choices: Vec<(String, String)>,
    /// Buttons with a name: which of them is pressed is for the test to say.
    pub buttons: Vec<(String, String)>,
}

impl Form {
    /// Fills a field in; all earlier values under the name are replaced.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The value that a field would send.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Answer {
    /// Fails unless the answer is a page that was asked for.
    pub fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}: {}", self.path, self.text());
        self
    }

    /// What the page says, without its markup.
    #[must_use]
    pub fn text(&self) -> String {
        let body = self.body.split_once("<main").map_or(self.body.as_str(), |(_, main)| main);
        let body = body.split("<!--.").next().unwrap_or_default();
        let mut text = String::new();
        for part in body.split('<').map(|part| part.split_once('>').map_or(part, |(_, rest)| rest)) {
            text.push(' ');
            text.push_str(part);
        }
        unescape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Fails unless the page says this.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "{} lacks \"{words}\":\n{}", self.path, self.text());
        self
    }

    /// The addresses that the page links to on this site.
    #[must_use]
    pub fn links(&self) -> Vec<String> {
        self.body
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|address| address.starts_with('/'))
            .map(unescape)
            .collect()
    }

    /// Every form of the page.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        self.body
            .split("<form")
            .skip(1)
            .map(|rest| {
                let inside = rest.split("</form>").next().unwrap_or_default();
                let (tag, inside) = inside.split_once('>').unwrap_or((inside, ""));
                let own = attribute(tag, "action").filter(|action| !action.is_empty());
                let mut form = Form {
                    action: own.unwrap_or_else(|| self.path.clone()),
                    fields: Vec::new(),
                    choices: Vec::new(),
                    buttons: Vec::new(),
                };
                fields(inside, &mut form);
                form
            })
            .collect()
    }

    /// The form whose action is, or ends in, `action`.
    #[must_use]
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let forms = self.forms();
        forms
            .iter()
            .find(|form| form.action == action)
            .or_else(|| forms.iter().find(|form| form.action.ends_with(action)))
            .cloned()
            .unwrap_or_else(|| {
                let actions: Vec<_> = forms.iter().map(|form| form.action.as_str()).collect();
                panic!("{} has no form to {action}, only to {actions:?}:\n{}", self.path, self.text())
            })
    }
}

fn fields(html: &str, form: &mut Form) {
    let mut select: Option<(String, Option<String>, Option<String>)> = None;
    for part in html.split('<').skip(1) {
        let (tag, after) = part.split_once('>').unwrap_or((part, ""));
        let name = attribute(tag, "name");
        let value = attribute(tag, "value").unwrap_or_default();
        let kind = attribute(tag, "type").unwrap_or_default();
        match tag.split_whitespace().next().unwrap_or_default() {
            "input" => {
                let Some(name) = name else { continue };
                let is_choice = kind == "radio" || kind == "checkbox";
                let sent =
                    if !is_choice || has(tag, "checked") { &mut form.fields } else { &mut form.choices };
                sent.push((name, value));
            }
            "textarea" => {
                if let Some(name) = name {
                    form.fields.push((name, unescape(after.strip_prefix('\n').unwrap_or(after))));
                }
            }
            "button" => {
                if let Some(name) = name {
                    form.buttons.push((name, value));
                }
            }
            "select" => select = name.map(|name| (name, None, None)),
            "option" => {
                if let Some((name, first, chosen)) = &mut select {
                    form.choices.push((name.clone(), value.clone()));
                    first.get_or_insert_with(|| value.clone());
                    if has(tag, "selected") {
                        *chosen = Some(value);
                    }
                }
            }
            "/select" => {
                if let Some((name, first, chosen)) = select.take() {
                    form.fields.push((name, chosen.or(first).unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next().map(unescape)
}

fn has(tag: &str, name: &str) -> bool {
    tag.split(|c: char| c.is_whitespace() || c == '/').any(|word| word == name)
}

/// Undoes what escaping in a template does.
#[must_use]
pub fn unescape(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// As a browser escapes a field of a form.
#[must_use]
pub fn escape(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            _ => drop(write!(escaped, "%{byte:02X}")),
        }
        escaped
    })
}
