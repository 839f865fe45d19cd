//! Attaching a file in a real browser: with scripts the page shows how much of it has gone, and the answer takes its
//! place; without them the form is sent as forms are.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::driver::Browser;
use super::traces::{cdp, gone, history, shift_three_times, with_scripts_and_without};

/// Bytes a second that the line takes while a file is sent.
const SLOW: u32 = 150_000;

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn choose(browser: &Browser, path: &Path) {
    browser.find("main input[type=file]").await.send_keys(path.to_str().unwrap()).await.unwrap();
}

/// How the browser's line is from now on.
async fn line(browser: &Browser, offline: bool, upload: i64) {
    cdp(browser, "Network.enable", json!({})).await;
    let conditions =
        json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload });
    cdp(browser, "Network.emulateNetworkConditions", conditions).await;
}

/// How much the page says has gone, while it says so: share and words.
async fn shown(browser: &Browser) -> Option<(f64, String)> {
    const LOOK: &str = "const bar = document.querySelector('main progress');
        return bar && bar.checkVisibility() && bar.hasAttribute('value')
            ? [bar.value, document.querySelector('[data-percent]').textContent] : null";
    match browser.client.execute(LOOK, vec![]).await.unwrap() {
        Value::Array(both) => Some((both[0].as_f64()?, both[1].as_str()?.to_owned())),
        _ => None,
    }
}

#[test]
fn a_file_is_sent_and_the_page_shows_how_much_has_gone() {
    with_scripts_and_without(async |scene, scripts| {
        let folder = tempfile::tempdir().unwrap();
        let notes = file(folder.path(), "notes.txt", "The gate stands open.\n".repeat(30_000).as_bytes());
        let office = file(folder.path(), "notes.docx", b"PK\x03\x04word/document.xml");
        let browser = scene.browser(scripts).await;
        scene.reach(&browser, "files").await;
        let (before, _) = history(&browser).await;
        choose(&browser, &notes).await;
        if scripts {
            line(&browser, false, i64::from(SLOW)).await;
        }
        browser.press("Attach the file").await;
        let mut seen: Vec<(f64, String)> = Vec::new();
        for _ in 0..300 {
            if browser.text().await.contains("9 of 10 left") {
                break;
            }
            seen.extend(if scripts { shown(&browser).await } else { None });
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        browser.says("Still waiting").await;
        browser.says("9 of 10 left").await;
        assert_eq!(browser.path().await, "/return/files");
        seen.dedup();
        // Without scripts nobody says anything: the control of the look as well.
        assert_eq!(seen.len() >= 3, scripts, "{seen:?}");
        assert!(seen.is_sorted_by(|one, other| one.0 <= other.0), "{seen:?}");
        for (share, words) in &seen {
            assert_eq!(*words, format!("{:.0} %", (100.0 * share).floor()));
        }
        let (after, _) = history(&browser).await;
        assert_eq!(after.len(), before.len() + usize::from(!scripts), "{after:?}");

        // What is refused says why, and there is the form for another.
        if scripts {
            line(&browser, false, -1).await;
        }
        browser.find("main input[type=file]").await;
        choose(&browser, &office).await;
        browser.press("Attach the file").await;
        browser.says("Office files and archives").await;
        browser.says("Nothing of the file was kept").await;
        assert!(browser.client.title().await.unwrap().starts_with("Error: "));
        if scripts {
            super::axe::check(&browser.client, "a file that was refused").await;
            assert_eq!(history(&browser).await.0.len(), before.len());
            // A line that breaks off: it is said, the form keeps the file, and the next press goes another way.
            let more = file(folder.path(), "more.txt", b"The gate was shut once more.");
            choose(&browser, &more).await;
            line(&browser, true, -1).await;
            browser.press("Attach the file").await;
            browser.says("The file did not arrive").await;
            super::axe::check(&browser.client, "a file that did not arrive").await;
            line(&browser, false, -1).await;
            browser.press("Attach the file").await;
            browser.says("8 of 10 left").await;
            // The answer's page has its scripts: it can be left as every other.
            scene.reach(&browser, "files").await;
            let other = file(folder.path(), "other.txt", b"The gate is shut.");
            choose(&browser, &other).await;
            browser.press("Attach the file").await;
            browser.says("7 of 10 left").await;
            shift_three_times(&browser).await;
            gone(&scene, &browser).await;
        }
        browser.close().await;
    });
}
