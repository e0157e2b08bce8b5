# The demo has built the library: here it is installed.
release="$CARGO_TARGET_DIR/cmake/release"
sed "s|-S \. -B build|-S $LIBVM -B $release|; s|--build build|--build $release|; s|--install build --prefix /usr/local|--install $release --prefix $PAGE/installed|" \
    building-installing-and-linking.sh >install.sh
sh -e install.sh
test -e installed/include/libvm.h
cp "$LIBVM/examples/c/plugin_host.c" host.c
cp "$LIBVM/examples/c/plugin_smallest.c" plugin.c
runs() {
    "$@" >printed
    grep -q "^sum is 42$" printed
}
for commands in using-libvm.sh finding-libvm-so-at-run-time.sh; do
    sh -e $commands
    runs ./host ./calc.so app.wasm
done
sh -e using-libvm-2.sh
grep -q VM_EngineCreate declarations.h
while read -r line; do
    sh -ec "$line" 2>/dev/null
    LD_LIBRARY_PATH="" runs ./host ./calc.so app.wasm
done <static-linking.sh
# With CMake, installed and as a subproject.
mkdir project third_party
cp host.c plugin.c project/
{ printf 'cmake_minimum_required(VERSION 3.16)\nproject(example C)\n'; cat using-libvm.cmake; } >project/CMakeLists.txt
cmake -S project -B built -DCMAKE_PREFIX_PATH="$PREFIX" >/dev/null
cmake --build built >/dev/null
runs built/host built/calc.so app.wasm
# A prefix with the program and the library, which is moved.
cat shipping-libvm-with-a-program.cmake >>project/CMakeLists.txt
cmake -S project -B built >/dev/null
cmake --build built >/dev/null
cmake --install built --prefix "$PWD/shipped" >/dev/null
mv shipped moved
LD_LIBRARY_PATH="" runs moved/bin/host built/calc.so app.wasm
# Its targets have the same names; what they build is tested by capi-tests/consumers.
mkdir subproject
ln -s "$LIBVM" third_party/libvm
ln -s ../third_party subproject/third_party
{ printf 'cmake_minimum_required(VERSION 3.16)\nproject(example C)\n'; cat using-libvm-2.cmake; } >subproject/CMakeLists.txt
echo 'if(NOT TARGET libvm::libvm OR NOT COMMAND libvm_add_plugin)
  message(FATAL_ERROR "libvm is not there")
endif()' >>subproject/CMakeLists.txt
cmake -S subproject -B configured >/dev/null
# The build folder in place of an installation.
ln -s "$release" build
sh -ec '. ./without-installing-it.sh; test -e "$LIBVM_PLUGIN_PATH/logging.so"'
LD_LIBRARY_PATH="" runs ./host ./calc.so app.wasm
