//! The order of a check, and what the ends of its workers mean.
#![forbid(unsafe_code)]

use crate::file::{self, Toolchain};
use crate::journal::Line;
use crate::report::{Finding, Report, Severity, counted};
use crate::settings::{Failure, Settings};
use crate::supervisor::{End, Ran, Supervisor};
use crate::worker::Job;
use libvm_abi::{FUNCTION_MAY_BLOCK, PLUGIN_UNLOADABLE};
use vm::plugin::permissions::covers;
use vm::plugin::{Inspection, Manifest};

/// Checks a plug-in.
///
/// # Errors
/// If it cannot be checked: the file cannot be read, no process can be started, or the check is cancelled.
pub fn check(settings: &Settings) -> Result<Report, Failure> {
    let inspection = Inspection::of_file(&settings.path).map_err(|error| Failure(error.message().to_owned()))?;
    let path = inspection.path();
    let bytes = std::fs::read(path).map_err(|error| Failure(format!("cannot read {}: {error}", path.display())))?;
    let mut report =
        Report { path: settings.path.display().to_string(), plugin: "not a plug-in".to_owned(), ..Report::default() };
    let unloadable = inspection.manifest().is_some_and(|manifest| manifest.flags & PLUGIN_UNLOADABLE != 0);
    if let Some(manifest) = inspection.manifest() {
        report.plugin = format!("plug-in `{}` {}", manifest.name, manifest.version.as_str());
        check_manifest(manifest, inspection.refusal().is_none(), &mut report);
    }
    if inspection.platform().is_some() {
        let toolchain = file::check(&bytes, unloadable, &mut report);
        if toolchain != Toolchain::Other {
            report.plugin += &format!(", made with {}", toolchain.name());
        }
    }
    if let Some(refusal) = inspection.refusal() {
        report.add(Severity::Fault, "manifest", refusal.message(), "");
        return Ok(report);
    }
    let name = inspection.manifest().map_or_else(String::new, |manifest| manifest.name.clone());
    let supervisor = Supervisor::new(settings)?;
    Check { settings, supervisor, job: Job::new(settings, path, &name), report }.run()
}

fn check_manifest(manifest: &Manifest, is_valid: bool, report: &mut Report) {
    let found = report.findings.len();
    if manifest.description.is_empty() {
        let remedy = "describe it in one line, which hosts show: the third argument of VM_PLUGIN, or `description` in Cargo.toml";
        report.add(Severity::Warning, "manifest", "its description is empty", remedy);
    }
    if manifest.license.is_empty() {
        let remedy = "define VM_PLUGIN_LICENSE before the include, or set `license` in Cargo.toml, if it is passed on";
        report.add(Severity::Note, "manifest", "it names no license", remedy);
    }
    if !is_semantic(manifest.version.as_str()) {
        let text = format!("its version `{}` is not a semantic one (1.2.3)", vm::text::name(manifest.version.as_str()));
        report.add(Severity::Warning, "manifest", text, "ranges of versions, as in VM_PLUGIN_DEPENDS, need one");
    }
    if is_valid && report.findings.len() == found {
        report.passed.push("manifest".to_owned());
    }
}

/// Returns whether a version has three numbers, and at most a pre-release and a build after them.
fn is_semantic(version: &str) -> bool {
    let numbers = version.split(['-', '+']).next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    numbers.split('.').count() == 3 && numbers.split('.').all(is_number)
}

/// A function as a worker has described it.
struct Function {
    title: String,
    flags: u32,
    permission: String,
}

struct Check<'a> {
    settings: &'a Settings,
    supervisor: Supervisor<'a>,
    job: Job,
    report: Report,
}

impl Check<'_> {
    fn run(mut self) -> Result<Report, Failure> {
        let loaded = self.probe("load", 0, Severity::Fault)?;
        if loaded.end != End::Done || self.report.findings.iter().any(|finding| finding.rule == "load") {
            return Ok(self.report);
        }
        let names = |kind: &str| -> Vec<String> {
            parts(&loaded, kind).into_iter().map(|fields| fields.first().cloned().unwrap_or_default()).collect()
        };
        let functions: Vec<Function> = parts(&loaded, "function").into_iter().filter_map(function).collect();
        self.report.passed.push(format!("loading, twice in a process: {}", counted(functions.len(), "function")));

        let created = self.probe("create", 0, Severity::Fault)?;
        if created.end == End::Done && !parts(&created, "created").is_empty() {
            self.check_functions(&functions)?;
            for (item, key) in names("option").iter().enumerate() {
                self.part("option", item, format!("option `{key}`"), "value")?;
            }
            for (item, point) in names("hook").iter().enumerate() {
                self.part("hook", item, format!("hook at `{point}`"), "event")?;
            }
            for (item, name) in names("source").iter().enumerate() {
                self.part("source", item, format!("source `{name}`"), "")?;
            }
            for (item, name) in names("sink").iter().enumerate() {
                self.part("sink", item, format!("sink `{name}`"), "")?;
            }
            for (item, kind) in names("compiler").iter().enumerate() {
                self.part("compiler", item, format!("parameters of the kind `{kind}`"), "parameter")?;
            }
            self.part("instances", 0, "many instances at once".to_owned(), "instance")?;
            self.part("threads", 0, "functions on 4 threads".to_owned(), "call")?;
            self.part("contexts", 0, "no leaks of instances".to_owned(), "loop")?;
        }
        self.part("registries", 0, "no leaks of loading and unloading".to_owned(), "loop")?;
        self.report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        Ok(self.report)
    }

    fn check_functions(&mut self, functions: &[Function]) -> Result<(), Failure> {
        let mut calls = 0;
        let mut not_permitted = Vec::new();
        for (item, function) in functions.iter().enumerate() {
            let may_block = function.flags & FUNCTION_MAY_BLOCK != 0;
            let of_hang = if may_block { Severity::Warning } else { Severity::Fault };
            let ran = self.probe("function", item, of_hang)?;
            calls += count(&ran);
            if ran.end != End::Done {
                self.job.skipped.push(function.title.clone());
            }
            if !function.permission.is_empty() && !self.settings.grants.iter().any(|grant| covers(grant, &function.permission)) {
                not_permitted.push(format!("`{}` needs `{}`", function.title, function.permission));
            }
        }
        if !not_permitted.is_empty() {
            let text = format!("functions that need a permission were not called: {}", not_permitted.join(", "));
            let remedy = "grant it with --grant PERMISSION, where hostile arguments do no harm";
            self.report.add(Severity::Note, "permission", text, remedy);
        }
        if calls > 0 && self.job.skipped.is_empty() {
            self.report.passed.push(format!("hostile arguments: {}", counted(calls, "call")));
        }
        Ok(())
    }

    /// Runs a probe that has a line of its own in the report.
    fn part(&mut self, probe: &str, item: usize, title: String, unit: &str) -> Result<(), Failure> {
        let before = self.report.findings.len();
        let ran = self.probe(probe, item, Severity::Fault)?;
        if self.report.findings.len() == before {
            let count = count(&ran);
            let counted = if count > 0 && !unit.is_empty() { format!(": {}", counted(count, unit)) } else { String::new() };
            self.report.passed.push(format!("{title}{counted}"));
        }
        Ok(())
    }

    /// Runs a worker, and reports what it has found and how it ended.
    fn probe(&mut self, probe: &str, item: usize, of_hang: Severity) -> Result<Ran, Failure> {
        self.job.probe = probe.to_owned();
        self.job.item = item;
        let ran = self.supervisor.run(&self.job)?;
        for line in &ran.lines {
            if let Line::Finding(severity, rule, text, remedy) = line {
                let finding = Finding { severity: *severity, rule: known_rule(rule), text: text.clone(), remedy: remedy.clone() };
                if !self.report.findings.contains(&finding) {
                    self.report.findings.push(finding);
                }
            }
        }
        let begun = ran.last_begun();
        let during = if begun.is_empty() { "starting".to_owned() } else { begun.join(", ") };
        let said = if ran.last_words.is_empty() { String::new() } else { format!("; it wrote: {}", ran.last_words) };
        match &ran.end {
            End::Done => {}
            End::Signal(signal) => {
                let remedy = "a guest must not be able to crash its host: check arguments, and fail with VM_CallerFail, an exception or Err";
                self.report.add(Severity::Fault, "crash", format!("{during}: it ended the process by {signal}{said}"), remedy);
            }
            End::Exit(code) => {
                let remedy = "a plug-in must not end its host: return a failure instead of calling exit";
                self.report.add(
                    Severity::Fault,
                    "exit",
                    format!("{during}: it ended the process with exit code {code}{said}"),
                    remedy,
                );
            }
            End::Hung => {
                let seconds = self.settings.timeout.as_secs_f32();
                let text = format!("{during}: it did not return within {seconds} seconds");
                let remedy =
                    "a function that waits suspends its guest (VM_FUNCTION_MAY_SUSPEND), and bounds what a guest can make long";
                self.report.add(of_hang, "hang", text, remedy);
            }
        }
        Ok(ran)
    }
}

/// The rules of workers.
fn known_rule(rule: &str) -> &'static str {
    const RULES: [&str; 8] = ["load", "create", "unload", "answer", "buffer", "leak", "permission", "check"];
    RULES.into_iter().find(|known| *known == rule).unwrap_or("check")
}

fn parts(ran: &Ran, wanted: &str) -> Vec<Vec<String>> {
    let part = |line: &Line| match line {
        Line::Part(kind, fields) if kind == wanted => Some(fields.clone()),
        _ => None,
    };
    ran.lines.iter().filter_map(part).collect()
}

fn count(ran: &Ran) -> usize {
    parts(ran, "count").first().and_then(|fields| fields.first()?.parse().ok()).unwrap_or(0)
}

fn function(fields: Vec<String>) -> Option<Function> {
    let [module, name, _, flags, permission] = <[String; 5]>::try_from(fields).ok()?;
    let title = format!("{}.{}", vm::text::name(&module), vm::text::name(&name));
    Some(Function { title, flags: flags.parse().ok()?, permission })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_three_numbers() {
        assert!(is_semantic("1.2.3") && is_semantic("1.2.3-rc.1+build"));
        assert!(!is_semantic("1.2") && !is_semantic("one") && !is_semantic("1.2.") && !is_semantic(""));
    }

    #[test]
    fn grants_cover_permissions() {
        assert!(covers("fs:*", "fs:read") && covers("fs:read", "fs:read") && covers("*", "x"));
        assert!(!covers("fs:read", "fs:write"));
    }
}
