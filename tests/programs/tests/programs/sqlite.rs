//! SQLite on database files.
use libvm_programs::compile::{Built, Program};
use libvm_programs::guest::{Rights, folder};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

const SQLITE: Program = Program {
    name: "sqlite",
    sources: &[("libsqlite3-sys", "sqlite3/sqlite3.c")],
    includes: &[("libsqlite3-sys", "sqlite3")],
    flags: &[
        "-DSQLITE_THREADSAFE=0",
        "-DSQLITE_OMIT_LOAD_EXTENSION",
        "-DSQLITE_OMIT_WAL",
        "-DSQLITE_ENABLE_FTS5",
        "-DSQLITE_ENABLE_RTREE",
        "-DSQLITE_ENABLE_MATH_FUNCTIONS",
    ],
    wasi_flags: &[
        "-D_WASI_EMULATED_GETPID",
        "-D_WASI_EMULATED_MMAN",
        "-D_WASI_EMULATED_SIGNAL",
        "-D_WASI_EMULATED_PROCESS_CLOCKS",
        "-lwasi-emulated-getpid",
        "-lwasi-emulated-mman",
        "-lwasi-emulated-signal",
        "-lwasi-emulated-process-clocks",
    ],
};

fn sqlite() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| SQLITE.build(Path::new(env!("CARGO_TARGET_TMPDIR")), crate::TIER))
}

fn temporary(name: &str) -> std::path::PathBuf {
    folder(Path::new(env!("CARGO_TARGET_TMPDIR")), &format!("sqlite-{name}-{:?}", crate::TIER))
}

/// Fills a database: tables, indexes, a trigger, a view, an R-tree, full text, transactions.
const FILL: &str = r"
    CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, people INTEGER CHECK (people > 0), area REAL);
    CREATE TABLE log (at INTEGER PRIMARY KEY, what TEXT);
    CREATE TRIGGER grown AFTER UPDATE OF people ON city WHEN new.people > old.people
        BEGIN INSERT INTO log (what) VALUES (old.name || ' +' || (new.people - old.people)); END;
    BEGIN;
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO city (name, people, area) SELECT printf('city %04d', i), i * 7919 % 10007 + 1, sqrt(i) * 3.25 FROM n;
    COMMIT;
    CREATE INDEX by_people ON city (people);
    CREATE VIEW dense AS SELECT name, people / area AS density FROM city WHERE area > 0;
    UPDATE city SET people = people + 100 WHERE id % 400 = 0;
    BEGIN; DELETE FROM city; ROLLBACK;
    CREATE VIRTUAL TABLE place USING rtree (id, west, east, south, north);
    INSERT INTO place SELECT id, id % 50, id % 50 + 1, id / 50, id / 50 + 1 FROM city;
    CREATE VIRTUAL TABLE note USING fts5 (title, body);
    INSERT INTO note VALUES ('first', 'A database in one file'), ('second', 'A file of plug-ins'), ('third', 'Nothing of it');
    INSERT INTO note SELECT name, name || ' has a file' FROM city WHERE id < 50;
    SELECT count(*), sum(people), round(total(area), 6) FROM city;";

/// Queries it.
const ASK: &str = r#"
    SELECT * FROM log ORDER BY at;
    SELECT name, round(density, 9) FROM dense ORDER BY density DESC LIMIT 5;
    SELECT name, people, rank() OVER (ORDER BY people DESC), sum(people) OVER (ORDER BY id ROWS 2 PRECEDING)
        FROM city WHERE id BETWEEN 10 AND 20 ORDER BY id;
    SELECT count(*) FROM place WHERE west >= 10 AND east <= 13 AND south >= 5 AND north <= 9;
    SELECT title, snippet(note, 1, '[', ']', '...', 4) FROM note WHERE note MATCH 'file NOT has' ORDER BY rank;
    SELECT json_group_array(json_object('name', name, 'people', people)) FROM city WHERE id <= 3;
    SELECT value FROM json_each('[1, 2.5, null, "x"]');
    EXPLAIN QUERY PLAN SELECT * FROM city WHERE people BETWEEN 5 AND 9;
    SELECT 1e308 * 10, -1 / 2, 7 % -3, 0.1 + 0.2, typeof(9223372036854775807 + 1), pow(2, 0.5);
    WITH RECURSIVE x (x) AS (VALUES (-2.0) UNION ALL SELECT x + 0.1 FROM x WHERE x < 1.1),
        y (y) AS (VALUES (-1.0) UNION ALL SELECT y + 0.2 FROM y WHERE y < 1.0),
        m (i, cx, cy, x, y) AS (SELECT 0, x, y, 0.0, 0.0 FROM x, y UNION ALL
            SELECT i + 1, cx, cy, x * x - y * y + cx, 2.0 * x * y + cy FROM m WHERE x * x + y * y < 4.0 AND i < 20),
        found (i, cx, cy) AS (SELECT max(i), cx, cy FROM m GROUP BY cx, cy)
        SELECT group_concat(substr(' .+*#', 1 + min(i / 5, 4), 1), '') FROM found GROUP BY cy;
    PRAGMA integrity_check;"#;

#[test]
fn a_database_is_the_same_byte_for_byte() {
    if crate::TIER.is_missing() {
        return;
    }
    let (wasm, native) = (temporary("wasm"), temporary("native"));
    let filled = sqlite().run_both(&["/data/cities.db"], FILL.as_bytes(), &wasm, &native);
    assert_eq!((filled.exit_code, filled.output.as_str()), (0, "2000|10024126|193864.557657\n"), "{}", filled.errors);

    // Another context, and another process, open what the first ones left.
    let asked = sqlite().run_both(&["/data/cities.db"], ASK.as_bytes(), &wasm, &native);
    assert_eq!(asked.exit_code, 0, "{}", asked.output);
    assert!(asked.output.contains("city 0400 +100") && asked.output.ends_with("ok\n"), "{}", asked.output);

    let vacuumed = sqlite().run_both(&["/data/cities.db"], b"DELETE FROM city WHERE id > 1000; VACUUM;", &wasm, &native);
    assert_eq!(vacuumed.exit_code, 0, "{}", vacuumed.output);
    let read = |folder: &Path| fs::read(folder.join("cities.db")).unwrap();
    assert!(read(&wasm).len() > 100_000 && read(&wasm) == read(&native), "the files differ");
    // No journal is left.
    assert_eq!(fs::read_dir(&wasm).unwrap().count(), 1);

    // Each reads what the other wrote.
    let swapped = sqlite().run_both(&["/data/cities.db"], ASK.as_bytes(), &native, &wasm);
    assert_eq!(swapped.exit_code, 0, "{}", swapped.output);
}

#[test]
fn errors_are_the_same() {
    if crate::TIER.is_missing() {
        return;
    }
    let (wasm, native) = (temporary("errors-wasm"), temporary("errors-native"));
    for (script, message) in [
        ("SELECT 1; SELEKT 2;", "1\nerror 1: near \"SELEKT\": syntax error\n"),
        ("CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1), (1);", "error 2067: UNIQUE constraint failed: t.x\n"),
        ("SELECT * FROM nowhere;", "error 1: no such table: nowhere\n"),
    ] {
        let ran = sqlite().run_both(&["/data/errors.db"], script.as_bytes(), &wasm, &native);
        assert_eq!((ran.exit_code, ran.output.as_str()), (1, message));
    }
    assert_eq!(sqlite().run_both(&["/data/none/x.db"], b"SELECT 1;", &wasm, &native).exit_code, 1);
    for folder in [&wasm, &native] {
        fs::write(folder.join("broken.db"), "this is no database, but long enough to be one. ".repeat(100)).unwrap();
    }
    let broken = sqlite().run_both(&["/data/broken.db"], b"SELECT * FROM sqlite_schema;", &wasm, &native);
    assert_eq!((broken.exit_code, broken.output.as_str()), (1, "error 26: file is not a database\n"));
}

#[test]
fn a_folder_without_the_right_to_write_keeps_its_database() {
    if crate::TIER.is_missing() {
        return;
    }
    let wasm = temporary("read-only");
    let made = sqlite().run_wasm(&["/data/a.db"], b"CREATE TABLE t (x); INSERT INTO t VALUES (42);", &wasm, Rights::ReadWrite);
    assert_eq!(made.exit_code, 0, "{}", made.output);
    let before = fs::read(wasm.join("a.db")).unwrap();
    let read = sqlite().run_wasm(&["/data/a.db"], b"SELECT x FROM t;", &wasm, Rights::Read);
    assert_eq!((read.exit_code, read.output.as_str()), (0, "42\n"));
    let written = sqlite().run_wasm(&["/data/a.db"], b"INSERT INTO t VALUES (43);", &wasm, Rights::Read);
    assert_eq!((written.exit_code, written.output.as_str()), (1, "error 8: attempt to write a readonly database\n"));
    let outside = sqlite().run_wasm(&["/data/../b.db"], b"CREATE TABLE t (x);", &wasm, Rights::ReadWrite);
    assert_eq!((outside.exit_code, outside.output.as_str()), (1, "error 14: unable to open database file\n"));
    assert!(fs::read(wasm.join("a.db")).unwrap() == before);
}
