//! A map by name that is cheap to copy: copies share what neither of them has changed.

use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::Arc;

/// Values by name, in the order of their names.
#[derive(Clone, Debug)]
pub struct Catalogue<T>(BTreeMap<Arc<str>, Arc<T>>);

impl<T> Default for Catalogue<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Catalogue<T> {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name).map(AsRef::as_ref)
    }

    /// Tells whether a name has a value.
    pub fn contains_key(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Every value.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.0.values().map(AsRef::as_ref)
    }

    /// Every name.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.0.keys().map(AsRef::as_ref)
    }

    /// Every name with its value.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> + ExactSizeIterator {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Their number.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl<T: Clone> Catalogue<T> {
    /// The value of a name, to be changed.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0.get_mut(name).map(Arc::make_mut)
    }
}

impl<T: Clone + Default> Catalogue<T> {
    /// The value of a name, made where there is none.
    pub(crate) fn entry(&mut self, name: &str) -> &mut T {
        Arc::make_mut(self.0.entry(Arc::from(name)).or_default())
    }
}

impl<T> Index<&str> for Catalogue<T> {
    type Output = T;

    fn index(&self, name: &str) -> &T {
        #[expect(clippy::indexing_slicing, reason = "as in every map: whoever indexes knows that it is there")]
        &self.0[name]
    }
}

/// Lets a loop go over a [`Catalogue`] as over a map.
#[derive(Debug)]
pub struct Iter<'a, T>(std::collections::btree_map::Iter<'a, Arc<str>, Arc<T>>);

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = (&'a str, &'a T);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

impl<'a, T> IntoIterator for &'a Catalogue<T> {
    type Item = (&'a str, &'a T);
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        Iter(self.0.iter())
    }
}
