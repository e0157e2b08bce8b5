wat2wasm() { # as wabt's, which the tests do not need
    "$XTASK" wat "$1" "$3"
}
cp embedding-libvm.wat guest.wat
cp embedding-libvm.c host.c
. ./embedding-libvm.sh >printed
diff printed embedding-libvm.text
