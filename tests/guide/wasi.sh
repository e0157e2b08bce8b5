printf '#include <stdio.h>\nint main(void) { puts("a tool"); }\n' >tool.c
echo 'fn main() { println!("a tool"); }' >tool.rs
while read -r line; do
    rm -f tool.wasm
    sh -ec "$line"
    test -s tool.wasm
done <compiling-a-guest.sh
program
