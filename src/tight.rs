//! Vectors of which a context has many, and which have few elements in most contexts: the first ones take the room of one each. Values
//! that are never freed.
#![forbid(unsafe_code)]

/// Appends an element.
pub fn push<T>(all: &mut Vec<T>, element: T) {
    insert(all, all.len(), element);
}

/// How many elements are first ones.
const FEW: usize = 4;

/// Inserts an element at a place.
pub fn insert<T>(all: &mut Vec<T>, place: usize, element: T) {
    if all.len() < FEW {
        all.reserve_exact(1);
    }
    all.insert(place, element);
}

/// How many values are made at once that are never freed.
const MADE_AT_ONCE: usize = 16;

/// Makes values that are never freed, each aligned as its type, without the room that an allocator leaves around a single one.
pub fn forever<T>(make: impl FnMut() -> T) -> &'static [T] {
    Box::leak(std::iter::repeat_with(make).take(MADE_AT_ONCE).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_elements_have_no_room_beside_them() {
        let mut all = Vec::new();
        push(&mut all, 2);
        assert_eq!(all.capacity(), 1);
        insert(&mut all, 0, 1);
        assert_eq!(all.capacity(), 2);
        (3..10).for_each(|element| push(&mut all, element));
        assert_eq!(all, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
