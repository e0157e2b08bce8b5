//! The hook points of plug-ins, as far as their host has them.
#![forbid(unsafe_code)]

use crate::plugin::plugin::Plugin;
use crate::status::Error;

impl Plugin {
    /// Returns whether hooks at a point are called.
    pub fn has_point(&self, point: &str) -> bool {
        self.shared().points().has(point)
    }

    /// Returns what is wrong with its hooks at points that the host does not have.
    pub(in crate::plugin) fn unknown_points(&self) -> Vec<Error> {
        let points = self.shared().points();
        let unknown = self.hooks().iter().filter(|hook| !points.has(&hook.point));
        unknown.map(|hook| self.blame(points.unknown(self.name(), &hook.point))).collect()
    }
}
