echo "(module $(cat host-functions.wat))" >import.wat
"$XTASK" wat import.wat import.wasm
program
