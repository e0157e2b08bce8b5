//! Vectors of which a context has many, and which have one element in most contexts: the first one takes the room of one.
#![forbid(unsafe_code)]

/// Appends an element.
pub fn push<T>(all: &mut Vec<T>, element: T) {
    insert(all, all.len(), element);
}

/// Inserts an element at a place.
pub fn insert<T>(all: &mut Vec<T>, place: usize, element: T) {
    if all.capacity() == 0 {
        all.reserve_exact(1);
    }
    all.insert(place, element);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_has_no_room_beside_it() {
        let mut all = Vec::new();
        push(&mut all, 2);
        assert_eq!(all.capacity(), 1);
        insert(&mut all, 0, 1);
        push(&mut all, 3);
        assert_eq!(all, [1, 2, 3]);
    }
}
