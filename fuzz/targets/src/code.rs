//! Files with compiled code.

use vm::engine::cache::Key;
use vm::engine::cache::format::{self, Fault, Secret};

const SECRET: Secret = [7; 32];

/// Returns why a file must not be used. What is in memory can always be read.
fn reason(fault: Fault) -> String {
    match fault {
        Fault::Bad(reason) => reason,
        Fault::Unusable(error) => panic!("it cannot be used now: {error}"),
    }
}

/// Reads a file: its key, its name and its code.
fn read(file: &[u8], secret: Option<&Secret>) -> Result<(Key, String, Vec<u8>), String> {
    let mut rest = file;
    let begun = format::begin(&mut rest, file.len() as u64, secret).map_err(reason)?;
    assert!(begun.size <= file.len() as u64, "it allocates what is in the file at most");
    let (key, name, mut code) = (begun.key, begun.name.clone(), Vec::new());
    begun.copy(&mut rest, &mut code).map_err(reason)?;
    Ok((key, name, code))
}

/// Reads the bytes as a file, which nobody can have made, and as a description of a file and what is changed in it: the file is
/// accepted if it is as it was made, and refused in words otherwise.
pub fn code(data: &[u8]) {
    let refused = read(data, Some(&SECRET)).expect_err("it is not authentic");
    assert!(refused.starts_with("it") && refused.len() > 10, "{refused}");
    let Some(([choice, at_low, at_high, value, name_size], rest)) = data.split_first_chunk::<5>() else { return };
    let (name, code) = rest.split_at(rest.len().min(usize::from(*name_size)));
    let name = String::from_utf8_lossy(name);
    let secret = (choice & 1 == 1).then_some(&SECRET);
    let key = Key::of(&[name.as_bytes(), &[*choice]]);
    let mut file = format::header(&key, &name, code, secret);
    file.extend_from_slice(code);
    assert_eq!(read(&file, secret), Ok((key, name.into_owned(), code.to_vec())));
    assert!(read(&file, (choice & 1 == 0).then_some(&SECRET)).is_err());
    let at = usize::from(u16::from_le_bytes([*at_low, *at_high])) % file.len();
    match choice >> 1 & 3 {
        0 if *value > 0 => file[at] ^= value,
        1 => file.truncate(at),
        2 => file.insert(at, *value),
        _ => return,
    }
    assert!(read(&file, secret).is_err(), "it was changed");
}
