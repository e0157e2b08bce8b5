# Outside of the workspace of libvm. It compiles libvm once more.
if [ "$THOROUGH" ]; then
    cd "$(mktemp -d)"
    sed 's|-- calc.so app.wasm|-- "$PAGE/calc.so" "$PAGE/app.wasm"|' "$PAGE/hosts-in-rust.sh" >commands.sh
    CARGO_TARGET_DIR="$PAGE/target" sh -e commands.sh >printed
    grep -q "^sum is 42$" printed
fi
