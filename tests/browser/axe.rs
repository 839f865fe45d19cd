//! axe-core on a page: the rules of WCAG 2.2 A and AA, and axe's own good practice.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use fantoccini::Client;
use serde_json::{Value, json};

/// The script, fetched once from the npm registry into the build folder and never committed.
fn script() -> Option<&'static str> {
    static SCRIPT: OnceLock<Option<String>> = OnceLock::new();
    SCRIPT
        .get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe-core");
            let file = folder.join("package/axe.min.js");
            if !file.exists() {
                std::fs::create_dir_all(&folder).unwrap();
                let fetch = "npm pack --silent axe-core@4 && tar xzf axe-core-*.tgz package/axe.min.js";
                let _ = Command::new("sh")
                    .args(["-c", fetch])
                    .current_dir(&folder)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status();
            }
            let script = std::fs::read_to_string(file).ok();
            if script.is_none() {
                crate::support::skip(
                    "browser",
                    "axe-core could not be fetched; pages are not checked with it",
                );
            }
            script
        })
        .as_deref()
}

/// Whether there is an axe to look with.
#[must_use]
pub fn is_there() -> bool {
    script().is_some()
}

/// Fails if axe finds anything on the page.
pub async fn check(client: &Client, name: &str) {
    let found = findings(client).await;
    assert!(found.is_empty(), "axe finds on {name}:\n{}", found.join("\n"));
}

/// What axe finds on the page, a line each.
pub async fn findings(client: &Client) -> Vec<String> {
    let Some(script) = script() else { return Vec::new() };
    client.execute(script, vec![]).await.unwrap();
    let run = "const done = arguments[arguments.length - 1]; \
               axe.run(document, { resultTypes: ['violations'] }).then(done, error => done({ error: String(error) }))";
    let result = client.execute_async(run, vec![json!(null)]).await.unwrap();
    assert_eq!(result.get("error"), None, "axe did not run");
    let empty = Vec::new();
    result["violations"]
        .as_array()
        .expect("axe answers with violations")
        .iter()
        .flat_map(|violation| {
            let nodes = violation["nodes"].as_array().unwrap_or(&empty);
            nodes.iter().map(|node| line(violation, node)).collect::<Vec<_>>()
        })
        .collect()
}

fn line(violation: &Value, node: &Value) -> String {
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{}: {} at {}", words(&violation["id"]), words(&violation["help"]), words(&node["html"]))
}
