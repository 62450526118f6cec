//! Sealing, opening and the files of keys.

use super::*;

#[test]
fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
    let keys = Keys::generate().unwrap();
    let sealed = keys.seal("staff.email:1", b"ann@northshire.example").unwrap();
    assert_eq!(keys.open_text("staff.email:1", &sealed).unwrap(), "ann@northshire.example");
    assert_eq!(keys.open("staff.email:2", &sealed), Err(Unopened));
    assert_eq!(Keys::generate().unwrap().open("staff.email:1", &sealed), Err(Unopened));
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(keys.open("staff.email:1", &changed), Err(Unopened), "byte {at}");
    }
    assert_ne!(keys.seal("staff.email:1", b"ann@northshire.example").unwrap(), sealed);
}

#[test]
fn keys_are_read_back_from_a_file_that_only_its_owner_reads_and_nobody_overwrites() {
    use std::os::unix::fs::PermissionsExt as _;
    let path = std::env::temp_dir().join(format!("keys-{}.toml", uuid::Uuid::now_v7()));
    let keys = Keys::generate().unwrap();
    keys.write_new(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let sealed = keys.seal("x", b"y").unwrap();
    let again = Keys::read(&path).unwrap();
    assert_eq!(again.open("x", &sealed).unwrap(), b"y");
    assert_eq!(again.lookup("a", "b"), keys.lookup("a", "b"));
    assert!(matches!(keys.write_new(&path), Err(KeysError::Write { .. })));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_public_half_seals_for_the_secret_half_and_its_file_holds_nothing_that_opens() {
    let path = std::env::temp_dir().join(format!("public-keys-{}.toml", uuid::Uuid::now_v7()));
    let keys = Keys::generate().unwrap();
    keys.public().write_new(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for pair in keys.pairs.iter() {
        assert!(!text.contains(&hex::encode(pair.secret.to_bytes())) && !text.contains(&hex::encode(pair.lookup)));
    }
    let public = PublicKeys::read(&path).unwrap();
    assert_eq!(keys.open("x", &public.seal("x", b"y").unwrap()).unwrap(), b"y");
    assert_eq!(public.addresses("203.0.113.9"), keys.public().addresses("203.0.113.9"));
    assert_ne!(public.addresses("203.0.113.9"), Keys::generate().unwrap().public().addresses("203.0.113.9"));
    assert!(public.ids().eq(keys.public().ids()));
    assert!(matches!(Keys::read(&path), Err(KeysError::Damaged(_))), "a public half opens nothing");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_derived_secret_stays_the_same_and_depends_on_key_and_purpose() {
    let keys = Keys::generate().unwrap();
    assert_eq!(keys.derived("a"), keys.derived("a"));
    assert_ne!(keys.derived("a"), keys.derived("b"));
    assert_ne!(keys.derived("a"), Keys::generate().unwrap().derived("a"));
}

#[test]
fn a_lookup_depends_on_key_purpose_and_value() {
    let keys = Keys::generate().unwrap();
    assert_ne!(keys.lookup("a", "x"), keys.lookup("b", "x"));
    assert_ne!(keys.lookup("a", "x"), keys.lookup("a", "y"));
    assert_ne!(keys.lookup("a", "x"), Keys::generate().unwrap().lookup("a", "x"));
}
