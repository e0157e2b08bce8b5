"$XTASK" wat embedding-libvm.wat guest.wasm
cp embedding-libvm.c host.c
. ./embedding-libvm.sh >printed
diff printed embedding-libvm.text
