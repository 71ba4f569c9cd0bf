//! The walls between the crates, as ARCHITECTURE.md states them, checked on what cargo says and on what the files say.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests crate lies in the workspace").to_owned()
}

/// Normal dependencies that each workspace crate declares.
fn declared() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|p| {
            let deps = p["dependencies"].as_array().unwrap().iter();
            let normal = deps.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned());
            (p["name"].as_str().unwrap().to_owned(), normal.collect())
        })
        .collect()
}

fn sources(under: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(under), &mut found);
    found
}

#[test]
fn no_crate_reaches_past_its_wall() {
    let declared = declared();
    let io = ["tokio", "reqwest", "tokio-tungstenite", "axum", "async-trait", "rand"];
    let walls: &[(&str, &[&str])] = &[
        (
            "betty-market",
            &["betty-hedging", "betty-trading", "betty-bus", "betty-storage", "sea-orm", "actix", "twilight-model"],
        ),
        ("betty-hedging", &["betty-trading", "betty-bus", "betty-storage", "sea-orm", "actix", "twilight-model"]),
        ("betty-llm", &["betty-trading", "betty-bus", "betty-storage", "betty", "sea-orm", "actix", "twilight-model"]),
        ("betty-trading", &["betty-report", "betty-bus", "betty-storage", "sea-orm", "actix", "twilight-model"]),
        (
            "betty-report",
            &["betty-bus", "betty-storage", "betty-specialists", "betty", "sea-orm", "actix", "twilight-model"],
        ),
        ("betty-bus", &["betty-storage", "betty-specialists", "sea-orm", "actix", "twilight-model"]),
        ("betty-specialists", &["betty-storage", "betty", "sea-orm", "actix", "twilight-model", "twilight-http"]),
        ("betty-storage", &["betty-specialists", "betty", "actix", "twilight-model", "twilight-http"]),
        (
            "betty-prompts",
            &["betty-market", "betty-hedging", "betty-trading", "betty-bus", "betty-storage", "tokio", "reqwest"],
        ),
    ];
    for (name, forbidden) in walls {
        let deps = &declared[*name];
        for f in *forbidden {
            assert!(!deps.contains(*f), "{name} must not depend on {f}");
        }
    }
    for pure in ["betty-hedging", "betty-trading", "betty-report"] {
        for f in io {
            assert!(!declared[pure].contains(f), "{pure} does no I/O, so it must not depend on {f}");
        }
    }
}

#[test]
fn frameworks_are_named_only_where_they_belong() {
    let allowed: &[(&str, &[&str])] = &[
        ("actix", &["orchestrator/src/runtime", "orchestrator/src/main.rs", "orchestrator/src/app"]),
        ("sea_orm", &["storage"]),
        ("twilight_", &["orchestrator/src/discord", "orchestrator/tests"]),
    ];
    for folder in ["agents", "bus", "storage", "prompts", "orchestrator"] {
        for path in sources(folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(root()).unwrap().display().to_string();
            for (framework, places) in allowed {
                let names_it = text.lines().any(|l| {
                    let l = l.trim_start();
                    (l.starts_with("use ") || l.starts_with("pub use ")) && l.contains(&format!("use {framework}"))
                });
                assert!(!names_it || places.iter().any(|p| shown.starts_with(p)), "{shown} names {framework}");
            }
        }
    }
}

#[test]
fn logic_reads_no_clock_and_throws_no_dice() {
    for folder in ["agents/hedging/src", "agents/trading/src", "agents/report/src"] {
        for path in sources(folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            for forbidden in
                ["Utc::now", "SystemTime", "Instant::now", "Local::now", "std::fs", "std::net", "thread_rng"]
            {
                assert!(!text.contains(forbidden), "{} uses {forbidden}", path.display());
            }
        }
    }
}

#[test]
fn there_is_no_way_to_place_a_real_order() {
    // No signing, no order endpoint, no key: the words themselves are absent from every program source.
    let words =
        ["eip712", "PrivateKeySigner", "signer_local", "signer-local", "POLY_SIGNATURE", "\"/order\"", "\"/orders\""];
    for folder in ["agents", "bus", "storage", "prompts", "orchestrator"] {
        for path in sources(folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            for word in words {
                assert!(!text.contains(word), "{} contains {word}", path.display());
            }
        }
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("signer"));
}

#[test]
fn the_top_level_is_what_the_layout_names() {
    let folders = ["agents", "orchestrator", "bus", "storage", "prompts", "tests", "deploy"];
    for entry in std::fs::read_dir(root()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') || name == "target";
        let is_dir = entry.path().is_dir();
        let document = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rustfmt.toml"].contains(&name.as_str())
            || name.ends_with(".md")
            || name.starts_with("LICENSE");
        assert!(hidden || if is_dir { folders.contains(&name.as_str()) } else { document }, "{name} at the top level");
    }
    for folder in folders {
        assert!(root().join(folder).is_dir(), "{folder} is missing");
    }
}

#[test]
fn panics_unwind_in_every_profile() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("panic = \"abort\""), "an attempt that panics must end as a value");
    assert_eq!(manifest.matches("panic = \"unwind\"").count(), 2);
}

#[test]
fn files_stay_readable_in_one_go() {
    for folder in ["agents", "bus", "storage", "prompts", "orchestrator"] {
        for path in sources(folder) {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= 700, "{} has {lines} lines", path.display());
        }
    }
}
