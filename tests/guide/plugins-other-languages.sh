# The plug-ins of the examples, built with the page's commands.
if go version >/dev/null 2>&1; then
    cp -r "$LIBVM/examples/go" sources
    cp sources/exports.map sources/calc/
    (cd sources/calc && GOTOOLCHAIN=local sh -e "$PAGE/go.sh")
    cp sources/calc/calc.so calc.so
    program
else
    echo "SKIPPED: there is no Go"
fi
if zig version >/dev/null 2>&1; then
    mkdir zig
    cp "$LIBVM"/examples/zig/*.zig zig/
    (cd zig && ZIG_GLOBAL_CACHE_DIR="$CARGO_TARGET_DIR/guide/zig-cache" sh -e "$PAGE/zig.sh")
    cp zig/calc.so calc.so
    program
else
    echo "SKIPPED: there is no Zig"
fi
