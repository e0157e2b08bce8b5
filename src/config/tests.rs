//! What a configuration may contain, and each possible error in it.
#![forbid(unsafe_code)]

use super::*;
use crate::limits::MAX_CONFIG_FILE;
use crate::plugin::options::OptionValue;
use crate::plugin::registry::rules::Names;
use libvm_abi as abi;
use std::path::Path;

fn read(text: impl AsRef<[u8]>) -> Result<Config> {
    Config::read(text.as_ref(), "c.toml", Path::new("/base"))
}

#[track_caller]
fn wrong(text: impl AsRef<[u8]>, message: &str) {
    let error = read(text).unwrap_err();
    assert_eq!((error.message(), error.status()), (message, abi::STATUS_BAD_CONFIG));
}

#[test]
fn everything_is_read() {
    let text = r#"
        plugin-directory = ["plugins", "/opt/plugins"]
        state-file = "state.db"
        [plugins]
        allow = ["calc", "store"]
        deny = ["old"]
        lock = "../libvm.lock"
        keys = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"]
        [engine]
        tier = "auto"
        cache-directory = "cache"
        cache-bytes = 0x1000
        pool-instances = 1000
        pool-memory-bytes = 0x10000
        canonical-nans = true
        signal-handlers = false
        profiler = "perf-map"
        [limits]
        memory-bytes = 67_108_864
        memory-size-bytes = 65536
        table-elements = 0
        instances = 0x10
        references = 20
        call-depth = 8
        open-files = 0
        stack-bytes = 4096
        recursion-depth = 16777216
        nesting-depth = 100
        locals = 30000
        body-bytes = 65536
        functions = 1000
        imports = 7
        [plugin.calc]
        permissions = ["process:exec:git"]
        [plugin.calc.options]
        bool = true
        integer = -9223372036854775808
        float = 2.5e3
        inf = -inf
        text = 'x'
        list = ["a", ""]
        none = []
        [plugin."store"]
    "#;
    let config = read(text).unwrap();
    let names = |list: &Option<Names>| list.as_ref().map(|names| names.items.join(" ")).unwrap_or_default();
    assert_eq!(config.plugins.directories, [Path::new("/base/plugins"), Path::new("/opt/plugins")]);
    assert_eq!(config.plugins.state_file.as_deref(), Some(Path::new("/base/state.db")));
    assert_eq!(config.plugins.lock.as_deref(), Some(Path::new("/base/../libvm.lock")));
    assert_eq!((names(&config.plugins.allow), names(&config.plugins.deny)), ("calc store".to_owned(), "old".to_owned()));
    assert_eq!((config.plugins.keys.len(), config.plugins.order), (1, None));
    assert_eq!(&*config.plugins.deny.unwrap().position, "c.toml:6:9");
    let limits = Limits {
        memory_bytes: Some(64 << 20),
        memory_size: Some(65_536),
        table_elements: Some(0),
        instances: Some(16),
        references: Some(20),
        call_depth: Some(8),
        open_files: Some(0),
        stack_bytes: Some(4096),
        recursion_depth: Some(1 << 24),
        nesting_depth: Some(100),
        locals: Some(30_000),
        body_bytes: Some(65_536),
        functions: Some(1000),
        imports: Some(7),
    };
    assert_eq!(config.limits, limits);
    let cache_directory = Some(CacheDirectory::At("/base/cache".into()));
    let engine = EngineSettings {
        tier: Some(Tier::Auto),
        cache_directory,
        cache_bytes: Some(4096),
        pool: Some((1000, 65536)),
        canonical_nans: Some(true),
        signal_handlers: Some(false),
        profiler: Some(Profiler::PerfMap),
    };
    assert_eq!(config.engine, engine);
    assert_eq!(config.plugins.tables.keys().collect::<Vec<_>>(), ["calc", "store"]);
    let calc = &config.plugins.tables["calc"];
    assert_eq!((names(&calc.permissions), &*calc.position), ("process:exec:git".to_owned(), "c.toml:33:17"));
    let option = |key: &str| (calc.options[key].value.clone(), calc.options[key].position.as_deref().unwrap().to_owned());
    assert_eq!(option("bool"), (OptionValue::Bool(true), "c.toml:36:9".to_owned()));
    assert_eq!(option("integer").0, OptionValue::Integer(i64::MIN));
    assert_eq!(option("float").0, OptionValue::Float(2500.0));
    assert_eq!(option("inf").0, OptionValue::Float(f64::NEG_INFINITY));
    assert_eq!(option("text").0, OptionValue::String("x".to_owned()));
    assert_eq!(option("list").0, OptionValue::List(vec!["a".to_owned(), String::new()]));
    assert_eq!(option("none").0, OptionValue::List(Vec::new()));
}

#[test]
fn what_is_not_said_is_not_there() {
    for text in ["", "\n# nothing\n", "\u{feff}", "[plugins]\n[limits]\n[plugin]\n"] {
        assert_eq!(read(text).unwrap(), Config::default(), "{text:?}");
    }
    assert!(read("plugins.allow = []").unwrap().plugins.allow.unwrap().items.is_empty());
    assert_eq!(read("plugins.order = ['b', 'a']").unwrap().plugins.order.unwrap().items, ["b", "a"]);
    assert_eq!(read("plugin-directory = 'p'").unwrap().plugins.directories, [Path::new("/base/p")]);
    assert_eq!(read("plugins.index = 'i'").unwrap().plugins.index, Some(Some("/base/i".into())));
    assert_eq!(read("plugins.index = false").unwrap().plugins.index, Some(None));
    wrong("plugins.index = true", "c.toml:1:17: `index` must be a path, or false; it is true");
    assert!(read("plugin-directory = []").unwrap().plugins.directories.is_empty());
    assert_eq!(read("package-directory = 'k'").unwrap().plugins.package_directory.as_deref(), Some(Path::new("/base/k")));
}

#[test]
fn an_engine_has_a_tier_and_a_cache() {
    for tier in Tier::ALL {
        assert_eq!(read(format!("engine.tier = '{}'", tier.name())).unwrap().engine.tier, Some(tier));
    }
    assert_eq!(read("engine.cache-directory = false").unwrap().engine.cache_directory, Some(CacheDirectory::None));
    let mut config = EngineConfig::default();
    read("[engine]\ntier = 'auto'").unwrap().apply_to_engine(&mut config).unwrap();
    assert_eq!(config.tier(), Tier::Auto);
    // One that does not mention it changes nothing.
    read("[engine]\ncache-bytes = 1").unwrap().apply_to_engine(&mut config).unwrap();
    assert_eq!(config.tier(), Tier::Auto);
    let expected = r#"`tier` must be "interpreter", "compiled" or "auto"; it is"#;
    wrong("engine.tier = 'native'", &format!("c.toml:1:15: {expected} the string \"native\""));
    wrong("[engine]\ntier = 1", &format!("c.toml:2:8: {expected} the integer 1"));
    wrong("engine.cache-directory = true", "c.toml:1:26: `cache-directory` must be a path, or false; it is true");
    wrong("engine.cache-directory = ''", "c.toml:1:26: `cache-directory` is empty; write a path, or false for none");
    wrong(
        "engine.cache-bytes = -1",
        "c.toml:1:22: `cache-bytes` must be an integer from 0 to 9223372036854775807; it is the integer -1",
    );
    assert_eq!(read("engine.pool-instances = 7").unwrap().engine.pool, Some((7, 0)));
    assert_eq!(read("engine.pool-instances = 0").unwrap().engine.pool, Some((0, 0)));
    wrong(
        "engine.pool-instances = 10001",
        "c.toml:1:25: `pool-instances` must be an integer from 0 to 10000; it is the integer 10001",
    );
    wrong(
        "[engine]\npool-memory-bytes = 65536",
        "c.toml:2:1: `pool-memory-bytes` without `pool-instances`: it is the size of each memory in the pool",
    );
    wrong(
        "engine.pool-memory-bytes = 0x1_0000_0001",
        "c.toml:1:28: `pool-memory-bytes` must be an integer from 1 to 4294967296; it is the integer 0x100000001",
    );
    wrong("engine.canonical-nans = 1", "c.toml:1:25: `canonical-nans` must be true or false; it is the integer 1");
    wrong("engine.signal-handlers = 'no'", "c.toml:1:26: `signal-handlers` must be true or false; it is the string \"no\"");
    for profiler in Profiler::ALL {
        let text = format!("engine.profiler = '{}'", profiler.name());
        assert_eq!(read(text).unwrap().engine.profiler, Some(profiler));
    }
    wrong(
        "engine.profiler = 'perf'",
        "c.toml:1:19: `profiler` must be \"none\", \"perf-map\" or \"jitdump\"; it is the string \"perf\"",
    );
    wrong("engine.cache_bytes = 1", "c.toml:1:8: unknown key `cache_bytes` in [engine]; did you mean `cache-bytes`?");
}

#[test]
fn what_is_no_toml_has_its_place() {
    wrong("a", "c.toml:1:2: not valid TOML: key with no value, expected `=`");
    wrong("\n\n  state-file = yes", "c.toml:3:16: not valid TOML: string values must be quoted, expected literal string: `yes`");
    wrong("[limits]\r\ninstances = 1\r\n'instances' = 1", "c.toml:3:1: not valid TOML: duplicate key: `'instances'`");
    wrong("[limits]\n[limits]", "c.toml:2:2: not valid TOML: duplicate key: `limits`");
    wrong("state-file = \"ü", "c.toml:1:16: not valid TOML: invalid basic string, expected `\"`");
    wrong(b"state-file = '\xc3\xbc'\n# \xc3\xbc\xff", "c.toml:2:4: not valid UTF-8 from here on; convert the file");
    wrong(b"\xff\xfe", "c.toml:1:1: not valid UTF-8 from here on; convert the file");
    wrong("# a\nb\0", "c.toml:2:2: a NUL character, which is not allowed; remove it");
    wrong("state-file = \"a\\u0000\"", "c.toml:1:14: `state-file` contains a NUL character; remove it");
    wrong("[".repeat(100_000), "c.toml:1:3: not valid TOML: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`");
    wrong(
        format!("a = {}", "[".repeat(100_000)),
        "c.toml:1:85: not valid TOML: cannot recurse further; max recursion depth met: `[`",
    );
    wrong(format!("{}a = 1", "a.".repeat(100_000)), "c.toml: not valid TOML: recursion limit: too many dots in a key");
}

#[test]
fn unknown_keys_are_named_with_those_that_there_are() {
    let top = "`plugin-directory`, `package-directory`, `state-file`, `module-plugins`, `plugins`, `engine`, `limits`, `plugin`";
    wrong("colour = 1", &format!("c.toml:1:1: unknown key `colour` at the top of the file; the keys are {top}"));
    wrong(
        "Plugin_Directory = 1",
        "c.toml:1:1: unknown key `Plugin_Directory` at the top of the file; did you mean `plugin-directory`?",
    );
    wrong("[limit]", "c.toml:1:2: unknown key `limit` at the top of the file; did you mean `limits`?");
    wrong("[plugins]\nalow = []", "c.toml:2:1: unknown key `alow` in [plugins]; did you mean `allow`?");
    wrong(
        "plugins.trust = 1",
        "c.toml:1:9: unknown key `trust` in [plugins]; the keys are `allow`, `deny`, `order`, `lock`, `keys`, `index`",
    );
    wrong("[limits]\nmemory_bytes = 1", "c.toml:2:1: unknown key `memory_bytes` in [limits]; did you mean `memory-bytes`?");
    wrong(
        "[plugin.calc]\nretries = 3",
        "c.toml:2:1: unknown key `retries` in [plugin.calc]; the keys are `permissions`, `options`",
    );
    wrong("[plugins.calc]\n", "c.toml:1:10: unknown table `calc` in [plugins]; settings of one plug-in belong in [plugin.calc]");
    wrong("[plugin]\nallow = []", "c.toml:2:1: `allow` belongs in [plugins], not in [plugin]");
    wrong("tier = 'compiled'", "c.toml:1:1: `tier` belongs in [engine], not at the top of the file");
    wrong("[engine]\nstack-bytes = 1", "c.toml:2:1: `stack-bytes` belongs in [limits], not in [engine]");
    wrong("[plugins]\nstate-file = 'x'", "c.toml:2:1: `state-file` belongs at the top of the file, not in [plugins]");
    wrong("[plugin.calc]\ndeny = []", "c.toml:2:1: `deny` belongs in [plugins], not in [plugin.calc]");
    wrong("x = 1\nstate-file = 1", &format!("c.toml:1:1: unknown key `x` at the top of the file; the keys are {top}"));
}

#[test]
fn wrong_types_are_named_with_what_is_expected() {
    wrong("plugin-directory = 1", "c.toml:1:20: `plugin-directory` must be a string or a list of strings; it is the integer 1");
    wrong(
        "plugin-directory = ['a', 0x1F]",
        "c.toml:1:26: `plugin-directory` must be a list of strings; this item is the integer 0x1F",
    );
    wrong("state-file = ['a']", "c.toml:1:14: `state-file` must be a string; it is a list");
    wrong("plugins = true", "c.toml:1:11: `plugins` must be a table; it is true");
    wrong("[[plugins]]", "c.toml:1:1: `plugins` must be a table; it is a list");
    wrong("[plugins]\nallow = 'calc'", "c.toml:2:9: `allow` must be a list of strings; it is the string \"calc\"");
    wrong("[plugins]\ndeny = [['a']]", "c.toml:2:9: `deny` must be a list of strings; this item is a list");
    wrong(
        "[limits]\ninstances = 1.5",
        "c.toml:2:13: `instances` must be an integer from 0 to 9223372036854775807; it is the float 1.5",
    );
    wrong("plugin.calc = 1979-05-27", "c.toml:1:15: `calc` must be a table; it is a date or time");
    wrong("[plugin.calc]\noptions = []", "c.toml:2:11: `options` must be a table; it is a list");
    wrong("[plugin.calc]\npermissions = 'all'", "c.toml:2:15: `permissions` must be a list of strings; it is the string \"all\"");
    let long = format!("state-file = ['{}']", "x".repeat(50));
    wrong(
        long.replace(['[', ']'], "").replace("state-file", "plugins"),
        "c.toml:1:11: `plugins` must be a table; it is a string",
    );
}

#[test]
fn values_that_cannot_be_are_named_with_those_that_can() {
    wrong(
        "[limits]\nmemory-bytes = -1",
        "c.toml:2:16: `memory-bytes` must be an integer from 0 to 9223372036854775807; it is the integer -1",
    );
    wrong(
        "limits.stack-bytes = 4095",
        "c.toml:1:22: `stack-bytes` must be an integer from 4096 to 1073741824; it is the integer 4095",
    );
    wrong(
        "limits.recursion-depth = 0",
        "c.toml:1:26: `recursion-depth` must be an integer from 1 to 16777216; it is the integer 0",
    );
    wrong(
        "limits.table-elements = 99999999999999999999",
        "c.toml:1:25: `table-elements` must be an integer from 0 to 9223372036854775807; it is the integer 99999999999999999999",
    );
    wrong("state-file = ''", "c.toml:1:14: `state-file` is empty; write a path, or remove it");
    wrong("plugin-directory = ['a', '']", "c.toml:1:26: `plugin-directory` is empty; write a path, or remove it");
    wrong(
        "plugin-directory = '~/p'",
        "c.toml:1:20: `plugin-directory` is \"~/p\", and `~` is not expanded; write the whole path",
    );
    let no_name = "is not a valid plug-in name: letters, digits, `-`, `_` and `.` are allowed, and `.` not at the beginning";
    wrong("plugins.allow = ['a/b']", &format!("c.toml:1:18: \"a/b\" {no_name}"));
    wrong("plugins.order = ['a', '']", &format!("c.toml:1:23: \"\" {no_name}"));
    wrong("[plugin.'..']", &format!("c.toml:1:9: \"..\" {no_name}"));
    wrong("plugins.order = ['a', 'b', 'a']", "c.toml:1:28: \"a\" is in `order` twice; remove one");
    wrong(
        "[plugins]\ndeny = ['a']\nallow = ['b', 'a']",
        "c.toml:2:1: plug-in `a` is in both `allow` and `deny`; remove it from one",
    );
    wrong(
        "[plugins]\nlock = 'libvm.lock'\norder = []",
        "c.toml:3:1: `order` cannot be combined with `lock`: the lock file defines the order",
    );
    let no_key = "an item of `keys` is not an Ed25519 public key: the string is neither hexadecimal nor base64";
    let text = read("plugins.keys = ['k']").unwrap_err();
    assert!(text.message().starts_with(&format!("c.toml:1:17: {no_key}")), "{text}");
    wrong("plugin.a.permissions = ['']", "c.toml:1:25: \"\" is not a valid permission: it must not be empty");
    wrong(
        "plugin.a.permissions = ['*:x']",
        "c.toml:1:25: \"*:x\" is not a valid permission: it must contain `*` only at its end",
    );
    wrong("plugin.a.permissions = ['x', 'x']", "c.toml:1:30: \"x\" is in `permissions` twice; remove one");
}

#[test]
fn options_are_values_of_plug_ins_and_perhaps_secret() {
    let kinds = "must be a bool, a number, a string or a list of strings; it is";
    wrong("[plugin.a.options]\nb = 07:32:00", &format!("c.toml:2:5: option `b` {kinds} a date or time"));
    wrong("[plugin.a.options]\nb = {c = 1}", &format!("c.toml:2:5: option `b` {kinds} a table"));
    wrong("[plugin.a.options]\nb = ['s', 5]", "c.toml:2:11: option `b` must be a list of strings; this item is an integer");
    wrong("[plugin.a.options]\nb = 9223372036854775808", "c.toml:2:5: option `b` is not a 64-bit integer");
    wrong("[plugin.a.options]\nb = 1e999", "c.toml:2:5: option `b` is not a 64-bit float");
    wrong("[plugin.a.options]\nb = \"x\\u0000\"", "c.toml:2:5: `b` contains a NUL character; remove it");
}

#[test]
fn files_that_cannot_be_read_are_refused_by_path() {
    let folder = std::env::temp_dir().join(format!("libvm-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("libvm.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let refused = |path: &Path| Config::from_file(path).unwrap_err();

    write("plugin-directory = 'p'\n");
    assert_eq!(Config::from_file(&file).unwrap().plugins.directories, [folder.join("p")]);
    write("\n x = 1");
    let error = refused(&file);
    assert!(error.message().starts_with(&format!("{}:2:2: unknown key `x`", file.display())), "{error}");
    assert_eq!((error.status(), error.path()), (abi::STATUS_BAD_CONFIG, Some(&*file)));
    write(&"#".repeat(MAX_CONFIG_FILE));
    let empty = Config::from_file(&file).unwrap();
    assert_eq!((empty.limits, empty.plugins.directories.len()), (Limits::default(), 0));
    write(&"#".repeat(MAX_CONFIG_FILE + 1));
    let message = format!("{} is larger than 1048576 bytes, the maximum size of a configuration", file.display());
    assert_eq!((refused(&file).message(), refused(&file).status()), (&*message, abi::STATUS_LIMIT));
    std::fs::remove_dir_all(&folder).unwrap();

    assert_eq!((refused(&file).status(), refused(&file).path()), (abi::STATUS_FILE_NOT_FOUND, Some(&*file)));
    assert!(refused(&std::env::temp_dir()).message().starts_with("cannot read the configuration file "));
    assert_eq!(refused(Path::new("")).status(), abi::STATUS_INVALID_ARGUMENT);
    assert_eq!(Config::from_bytes(b"", Some(Path::new(""))).unwrap_err().status(), abi::STATUS_INVALID_ARGUMENT);
    let here = std::env::current_dir().unwrap();
    assert_eq!(Config::from_bytes(b"state-file = 's'", None).unwrap().plugins.state_file, Some(here.join("s")));
}
