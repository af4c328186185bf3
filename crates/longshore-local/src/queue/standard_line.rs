//! A standard queue's line: whatever is visible, by place.

use std::collections::BTreeMap;

use super::line::Spot;
use super::message::Key;

#[derive(Debug, Default)]
pub(super) struct StandardLine {
    visible: BTreeMap<u64, Key>,
}

impl StandardLine {
    pub(super) fn show(&mut self, spot: &Spot) {
        self.visible.insert(spot.place, spot.key);
    }

    pub(super) fn hide(&mut self, spot: &Spot) {
        self.visible.remove(&spot.place);
    }

    pub(super) fn pick(&self, most: usize) -> Vec<Key> {
        self.visible.values().take(most).copied().collect()
    }
}
