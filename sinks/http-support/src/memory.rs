use std::collections::VecDeque;

use alert_core::AlertId;

use crate::Request;

/// The requests that may have been processed, so that the lane's one retry sends the same bytes.
/// At most 64 of them, and 8 MiB; the oldest are forgotten first, and composed anew.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    kept: VecDeque<(Vec<AlertId>, Request)>,
    bytes: usize,
}

const MOST: usize = 64;
const MOST_BYTES: usize = 8 * 1024 * 1024;

impl Memory {
    pub(crate) fn keep(&mut self, ids: Vec<AlertId>, request: Request) {
        self.forget(&ids);
        self.bytes += request.body.len();
        self.kept.push_back((ids, request));
        while self.kept.len() > MOST || self.bytes > MOST_BYTES {
            self.remove(0);
        }
    }

    /// How many of the alerts that begin here went out together in such a request.
    pub(crate) fn begins(&self, ids: &[AlertId]) -> Option<usize> {
        let kept = self.kept.iter().find(|(kept, _)| ids.starts_with(kept));
        kept.map(|(kept, _)| kept.len())
    }

    /// The request of exactly these alerts. Whatever else was kept of one of them is forgotten.
    pub(crate) fn take(&mut self, ids: &[AlertId]) -> Option<Request> {
        let at = self.kept.iter().position(|(kept, _)| kept == ids);
        let request = at.and_then(|at| self.remove(at));
        self.forget(ids);
        request
    }

    fn forget(&mut self, ids: &[AlertId]) {
        while let Some(at) = self
            .kept
            .iter()
            .position(|(kept, _)| kept.iter().any(|id| ids.contains(id)))
        {
            self.remove(at);
        }
    }

    fn remove(&mut self, at: usize) -> Option<Request> {
        let (_, request) = self.kept.remove(at)?;
        self.bytes = self.bytes.saturating_sub(request.body.len());
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use alert_core::Secret;

    use super::*;
    use crate::{Endpoint, Method};

    fn request(bytes: usize) -> Request {
        let endpoint = Endpoint::parse(&Secret::new("https://a.example")).unwrap();
        Request::new(Method::Post, &endpoint).json(vec![b'x'; bytes])
    }

    fn ids(count: usize) -> Vec<AlertId> {
        (0..count).map(|_| AlertId::next()).collect()
    }

    #[test]
    fn a_request_is_found_again_by_exactly_its_alerts() {
        let mut memory = Memory::default();
        let all = ids(3);
        memory.keep(all[..2].to_vec(), request(1));
        assert_eq!(memory.begins(&all), Some(2));
        assert_eq!(memory.begins(&all[1..]), None);
        assert_eq!(memory.begins(&all[..1]), None);
        assert!(memory.take(&all[..2]).is_some());
        assert!(memory.take(&all[..2]).is_none());
    }

    #[test]
    fn alerts_that_travel_otherwise_make_it_forgotten() {
        let mut memory = Memory::default();
        let all = ids(3);
        memory.keep(all[..2].to_vec(), request(1));
        assert!(memory.take(&all[1..]).is_none());
        assert!(memory.kept.is_empty());
        assert_eq!(memory.bytes, 0);
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut memory = Memory::default();
        let all = ids(MOST + 1);
        for id in &all {
            memory.keep(vec![*id], request(1));
        }
        assert_eq!(memory.begins(&all), None);
        assert_eq!(memory.begins(&all[1..]), Some(1));
        memory.keep(ids(1), request(MOST_BYTES));
        assert_eq!((memory.kept.len(), memory.bytes), (1, MOST_BYTES));
        memory.keep(ids(1), request(MOST_BYTES + 1));
        assert_eq!((memory.kept.len(), memory.bytes), (0, 0));
    }
}
