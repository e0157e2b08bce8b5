//! What plug-ins have answered about a module.
#![forbid(unsafe_code)]

use crate::plugin::native::answer::Answer;
use crate::plugin::plugin::Plugin;
use std::sync::Arc;

/// A plug-in, and its answer about a module.
#[derive(Clone)]
pub struct Answered {
    /// The plug-in.
    pub plugin: Arc<Plugin>,
    /// Its answer.
    pub answer: Arc<Answer>,
}

/// The plug-ins that were asked about a module, and their answers.
#[derive(Default)]
pub struct Asked {
    /// All of them.
    pub plugins: Vec<Arc<Plugin>>,
    /// The number of their requirements.
    pub requirements: usize,
    /// Those with requirements or functions.
    pub answers: Vec<Answered>,
}
