//! What a browser would send from a page, for tests: just enough of HTML for our own forms.

use crate::web::form::Fields;

/// The fields that a form of this page sends when none of its answers is touched.
pub fn submitted(html: &str, action: &str) -> Fields {
    let start = html.find(&format!("action=\"{action}\"")).expect("the form is there");
    let form = &html[start..];
    let form = &form[..form.find("</form>").unwrap()];
    let mut sent: Vec<(String, String)> = Vec::new();
    let mut select = String::new();
    for piece in form.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name = attribute(tag, "name");
        match tag.split_whitespace().next().unwrap() {
            "input" => {
                let kind = attribute(tag, "type");
                if !matches!(kind.as_str(), "radio" | "checkbox") || tag.contains(" checked") {
                    sent.push((name, attribute(tag, "value")));
                }
            }
            "textarea" if !name.is_empty() => {
                sent.push((name, plain(text.strip_prefix('\n').unwrap_or(text))));
            }
            "select" => select = name,
            "option" if tag.contains(" selected") => sent.push((select.clone(), attribute(tag, "value"))),
            _ => {}
        }
    }
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    super::samples::fields(&sent)
}

fn attribute(tag: &str, name: &str) -> String {
    let start = format!(" {name}=\"");
    tag.find(&start).map_or_else(String::new, |at| plain(tag[at + start.len()..].split('"').next().unwrap()))
}

fn plain(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}
