//! The bill of materials, in CycloneDX 1.6.
use super::Release;
use super::linked::{Kind, Part};
use crate::{Result, hash};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Formats the bill of materials. The same parts make the same bytes.
pub fn format(release: &Release, parts: &[Part]) -> Result<String> {
    let product = format!("pkg:generic/libvm-binaries@{}", release.version);
    let components: Vec<Value> = parts.iter().map(component).collect();
    let reference_of =
        |key: &(String, String)| parts.iter().find(|part| (&part.name, &part.version) == (&key.0, &key.1)).map(reference);
    let mut dependencies = vec![depends(&product, parts.iter().filter(|part| part.kind == Kind::Own).map(reference).collect())];
    for part in parts {
        let mut uses: BTreeSet<String> = part.uses.iter().filter_map(reference_of).collect();
        let others = parts.iter().filter(|other| other.kind == Kind::Other);
        uses.extend(others.filter(|other| is_in(other, part)).map(reference));
        dependencies.push(depends(&reference(part), uses));
    }
    let mut bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": release.date("%Y-%m-%dT%H:%M:%SZ")?,
            "tools": { "components": [{ "type": "application", "name": "cargo xtask dist", "version": release.version }] },
            "component": {
                "type": "library",
                "bom-ref": product,
                "name": "libvm",
                "version": release.version,
                "description": "Run WebAssembly and extend programs with plug-ins: library, compiler, shipped plug-ins and command",
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
                "purl": product,
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    // Made of what is in the document, so that it is the same for the same document.
    let digest = hash::hex(bom.to_string().as_bytes());
    let (a, b, c, d, e) = (&digest[..8], &digest[8..12], &digest[13..16], &digest[17..20], &digest[20..32]);
    bom["serialNumber"] = json!(format!("urn:uuid:{a}-{b}-8{c}-8{d}-{e}"));
    let text = serde_json::to_string_pretty(&bom).map_err(|error| format!("cannot write the SBOM: {error}"))?;
    Ok(text + "\n")
}

/// Returns whether a part that is no crate is in a crate: SQLite in its bindings, the standard library in what is shipped.
fn is_in(other: &Part, part: &Part) -> bool {
    if other.name == "sqlite" { part.name == "libsqlite3-sys" } else { part.kind == Kind::Own }
}

fn reference(part: &Part) -> String {
    let kind = if part.kind == Kind::Other { "generic" } else { "cargo" };
    format!("pkg:{kind}/{}@{}", part.name, part.version.replace('+', "%2B"))
}

fn depends(reference: &str, uses: BTreeSet<String>) -> Value {
    json!({ "ref": reference, "dependsOn": uses })
}

fn component(part: &Part) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("type", json!("library"));
    set("bom-ref", json!(reference(part)));
    set("name", json!(part.name));
    set("version", json!(part.version));
    set("scope", json!("required"));
    set("licenses", json!([{ "expression": part.licence }]));
    set("purl", json!(reference(part)));
    if let Some(checksum) = &part.checksum {
        set("hashes", json!([{ "alg": "SHA-256", "content": checksum }]));
    }
    if let Some(address) = &part.repository {
        set("externalReferences", json!([{ "type": "vcs", "url": address }]));
    }
    Value::Object(fields)
}

/// Checks a bill of materials by the rules of the specification that concern what is written here, and that it has each part.
pub fn check(text: &str, parts: &[Part]) -> Result {
    let bom: Value = serde_json::from_str(text).map_err(|error| format!("the SBOM is not JSON: {error}"))?;
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    demand(bom["bomFormat"] == "CycloneDX", "bomFormat is not CycloneDX".to_owned());
    demand(bom["specVersion"] == "1.6", "specVersion is not 1.6".to_owned());
    demand(bom["version"].as_u64().is_some_and(|version| version >= 1), "version is not a positive number".to_owned());
    demand(bom["serialNumber"].as_str().is_some_and(is_serial_number), format!("serialNumber is {}", bom["serialNumber"]));
    let timestamp = bom["metadata"]["timestamp"].as_str().unwrap_or_default();
    demand(timestamp.len() == 20 && timestamp.ends_with('Z'), format!("timestamp is {timestamp}"));

    let none = Vec::new();
    let components = bom["components"].as_array().unwrap_or(&none);
    let mut references = BTreeSet::new();
    for component in components.iter().chain([&bom["metadata"]["component"]]) {
        let name = &component["name"];
        for field in ["type", "name", "version", "bom-ref", "purl"] {
            demand(component[field].as_str().is_some_and(|text| !text.is_empty()), format!("{name} has no {field}"));
        }
        let expression = component["licenses"][0]["expression"].as_str().unwrap_or_default();
        demand(!expression.is_empty() && !expression.contains('/'), format!("{name} has the licence {expression:?}"));
        for digest in component["hashes"].as_array().unwrap_or(&none) {
            let content = digest["content"].as_str().unwrap_or_default();
            let is_digest = content.len() == 64 && content.chars().all(|c| c.is_ascii_hexdigit());
            demand(digest["alg"] == "SHA-256" && is_digest, format!("{name} has the hash {digest}"));
        }
        let reference = component["bom-ref"].as_str().unwrap_or_default();
        demand(references.insert(reference), format!("two components are {reference}"));
    }
    for part in parts {
        demand(references.contains(reference(part).as_str()), format!("{} is missing", part.title()));
    }
    demand(references.len() == parts.len() + 1, format!("it has {} components instead of {}", references.len() - 1, parts.len()));
    let dependencies = bom["dependencies"].as_array().unwrap_or(&none);
    let refers = dependencies.iter().flat_map(|one| one["dependsOn"].as_array().unwrap_or(&none).iter().chain([&one["ref"]]));
    for to in refers {
        demand(
            references.contains(to.as_str().unwrap_or_default()),
            format!("a dependency refers to {to}, which is no component"),
        );
    }
    demand(dependencies.len() == references.len(), "not each component has its dependencies".to_owned());
    if faults.is_empty() { Ok(()) } else { Err(format!("the SBOM:\n{}", faults.join("\n"))) }
}

/// Returns whether it is a URN of a UUID as of RFC 4122.
fn is_serial_number(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return false };
    let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && uuid.chars().all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c))
}
