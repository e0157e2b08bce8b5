# The guest of the page, with the plug-in for regular expressions.
{
    cat parameters-of-modules.c
    echo 'static const char address[] = "ann@example.org";'
    echo '__attribute__((export_name("run"))) int run(int size) { return is_address(address, (unsigned)size); }'
} >guest.c
clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry $(pkg-config --cflags libvm) guest.c -o guest.wasm
cp "$PREFIX"/lib*/libvm/*/regex.so .
plugin template
program
