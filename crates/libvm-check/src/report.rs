//! The result of a check.
use std::fmt;
use vm::json::Json;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For information.
    Note,
    /// Works, but should be changed.
    Warning,
    /// Must be changed.
    Fault,
}

impl Severity {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule, one word that does not change from version to version.
    pub rule: &'static str,
    /// What was found.
    pub text: String,
    /// What to do; empty if there is nothing to do.
    pub remedy: String,
}

/// The findings of a check.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The file.
    pub path: String,
    /// Name and version of the plug-in, and the toolchain that made it, as far as they are known.
    pub plugin: String,
    /// What was checked without a finding of its own.
    pub passed: Vec<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds a finding.
    pub fn add(&mut self, severity: Severity, rule: &'static str, text: impl Into<String>, remedy: &str) {
        let finding = Finding { severity, rule, text: text.into(), remedy: remedy.to_owned() };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Returns the number of findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Returns whether something must be changed.
    pub fn has_faults(&self) -> bool {
        self.count(Severity::Fault) > 0
    }

    /// Returns the report as JSON.
    pub fn to_json(&self) -> String {
        let text = |text: &str| Json::Text(text.to_owned());
        let findings = self.findings.iter().map(|finding| {
            Json::table([
                ("severity", text(finding.severity.name())),
                ("rule", text(finding.rule)),
                ("text", text(&finding.text)),
                ("remedy", text(&finding.remedy)),
            ])
        });
        let report = Json::table([
            ("path", text(&self.path)),
            ("plugin", text(&self.plugin)),
            ("passed", Json::List(self.passed.iter().map(|passed| text(passed)).collect())),
            ("findings", Json::List(findings.collect())),
            ("faults", Json::Integer(self.count(Severity::Fault) as i64)),
            ("warnings", Json::Integer(self.count(Severity::Warning) as i64)),
        ]);
        report.to_text()
    }
}

/// Returns `1 function`, `2 functions`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}: {}", self.path, self.plugin)?;
        for passed in &self.passed {
            writeln!(formatter, "  ok       {passed}")?;
        }
        for finding in &self.findings {
            writeln!(formatter, "  {:8} {}: {}", finding.severity.name(), finding.rule, finding.text)?;
            if !finding.remedy.is_empty() {
                writeln!(formatter, "           {}", finding.remedy)?;
            }
        }
        let (faults, warnings) = (self.count(Severity::Fault), self.count(Severity::Warning));
        writeln!(formatter, "{}, {}", counted(faults, "fault"), counted(warnings, "warning"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_text_and_json() {
        let mut report = Report { path: "a.so".to_owned(), plugin: "plug-in `a` 1.0.0".to_owned(), ..Report::default() };
        report.passed.push("manifest".to_owned());
        report.add(Severity::Fault, "symbols", "it exports `x`", "hide it");
        report.add(Severity::Fault, "symbols", "it exports `x`", "hide it");
        let text = "a.so: plug-in `a` 1.0.0\n  ok       manifest\n  fault    symbols: it exports `x`\n           hide it\n\
            1 fault, 0 warnings\n";
        assert_eq!(report.to_string(), text);
        assert!(report.has_faults() && report.to_json().contains("\"rule\": \"symbols\""));
    }
}
