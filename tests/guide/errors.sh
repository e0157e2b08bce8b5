program
grep -q "^VM_STATUS_FILE_NOT_FOUND: .*nowhere.wasm" printed
