# The commands compile the SDK and a host once more; the examples in examples/rust are built by the usual run.
if [ "$THOROUGH" ]; then
    # Outside of the workspace of libvm, with the dependencies that it has. `cd calc` is part of the commands.
    cd "$(mktemp -d)"
    sed 's/^cargo add/cp "$LIBVM\/Cargo.lock" .; cargo add/' "$PAGE/from-an-empty-directory.sh" >start.sh
    export CARGO_TARGET_DIR="$PAGE/target"
    . ./start.sh
    cat "$PAGE/from-an-empty-directory.toml" >>Cargo.toml
    cp "$PAGE/from-an-empty-directory.rust" src/lib.rs
    # The command is that of the sources.
    check='CARGO_TARGET_DIR="$LIBVM_TARGET" "$XTASK" check-plugin "$PAGE"/target'
    sed "s|^libvm plugin check target|$check|" "$PAGE/from-an-empty-directory-2.sh" >build.sh
    grep -q check-plugin build.sh
    sh -e build.sh
    cp "$PAGE/from-an-empty-directory-2.rust" app.rs
    sed '/^rustup/d; s|$OLDPWD/target|$PAGE/target|; s|cargo run|CARGO_TARGET_DIR="$LIBVM_TARGET" cargo run|' "$PAGE/from-an-empty-directory-3.sh" >run.sh
    sh -e run.sh >printed
    grep -q "^sum is 42$" printed
fi
cd "$PAGE"
rustc --target wasm32-unknown-unknown --crate-type cdylib -O from-an-empty-directory-2.rust -o app-in-rust.wasm
# The keys of the manifest are those that the macro reads.
for key in $(sed -n '/^\[/d; s/ *=.*//p' "$PAGE/the-manifest.toml"); do
    grep -rq "\"$key\"" "$LIBVM/crates/libvm-plugin-macros/src"
done
# A library of the linked plug-ins, whose Cargo.toml is that of the page.
mkdir -p linked/src
{
    printf '[package]\nname = "linked"\nversion = "1.0.0"\nedition = "2024"\n[workspace]\n'
    sed "s#\"\.\./\([a-z]*\)\"#\"$LIBVM/examples/rust/\1\"#" "$PAGE/linked-into-a-host.toml"
} >linked/Cargo.toml
cp "$PAGE/linked-into-a-host.rust" linked/src/lib.rs
cp "$LIBVM/Cargo.lock" linked/
cargo metadata --quiet --format-version 1 --manifest-path linked/Cargo.toml >metadata
grep -q '"libvm_plugin"' metadata
# The host in C, with plug-ins in C in their place.
for plugin in smallest:calc options:greeter; do
    cc -c -DVM_PLUGIN_BUILTIN=libvm_builtin_${plugin#*:} "$LIBVM/examples/c/plugin_${plugin%:*}.c" -o ${plugin#*:}.o $(pkg-config --cflags libvm)
done
cc $warnings -I"$LIBVM/tests/guide" page.c calc.o greeter.o -o page $(pkg-config --cflags --libs libvm)
./page
