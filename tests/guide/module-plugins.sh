mkdir -p plugins p
cp calc.so plugins/
plugin formulas
cp formulas.so plugins/
# The declaration of a guest in C, and the same in Rust.
{
    echo '#include <libvm/guest.h>'
    cat declared-plug-ins.c
    echo '__attribute__((import_module("calc"), import_name("add"))) int add(int a, int b);'
    echo '__attribute__((export_name("run"))) int run(void) { return add(20, 22); }'
} >declared.c
clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry $(pkg-config --cflags libvm) declared.c -o declared.wasm
mkdir -p src
{
    cat declared-plug-ins.rust
    echo '#[link(wasm_import_module = "calc")]'
    echo 'unsafe extern "C" { safe fn add(a: i32, b: i32) -> i32; }'
    echo '#[unsafe(no_mangle)] pub extern "C" fn run() -> i32 { add(20, 22) }'
} >src/lib.rs
printf '[package]\nname = "declared"\nversion = "1.0.0"\nedition = "2024"\n[lib]\ncrate-type = ["cdylib"]\n[dependencies]\nlibvm-guest = { path = "%s/crates/libvm-guest" }\n[workspace]\n' "$LIBVM" >Cargo.toml
CARGO_TARGET_DIR="$PAGE/target" cargo build --quiet --offline --release --target wasm32-unknown-unknown
cp target/wasm32-unknown-unknown/release/declared.wasm declared-rust.wasm
program
