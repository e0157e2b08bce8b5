# Source and sink are those of the examples, the guest changes letters to upper case.
for name in reader writer; do
    cp "$LIBVM/examples/c/plugin_$name.c" $name.c
    plugin $name
done
"$XTASK" wat "$LIBVM/examples/c/upper.wat" guest.wasm
printf 'one\ntwo\n' >orders.txt
program
grep -rq "^ONE$" data
