cp "$LIBVM/examples/cpp/host.cpp" .
sh -e hosts-in-cpp.sh
./host ./calc.so app.wasm >printed
grep -q "^sum is 42$" printed
