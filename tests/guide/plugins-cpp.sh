# From an empty directory, with CMake and without.
mkdir empty && cd empty
cp ../from-an-empty-directory.cpp calc.cpp
cp ../from-an-empty-directory.cmake CMakeLists.txt
cp ../from-an-empty-directory.c app.c
export CMAKE_GENERATOR="Unix Makefiles"
build=$(head -1 ../from-an-empty-directory.sh)
sh -ec "$build"
if [ "$THOROUGH" ]; then
    sed 's|^libvm plugin check|"$XTASK" check-plugin|' ../from-an-empty-directory.sh >build.sh
    grep -q check-plugin build.sh
    sh -e build.sh
fi
sh -e ../from-an-empty-directory-3.sh | tee printed
grep -q "^sum is 42$" printed
sh -e ../from-an-empty-directory-2.sh
./host calc.so app.wasm >printed
grep -q "^sum is 42$" printed
cd ..
# Each plug-in is loaded, with its manifest. The usual run compiles them (tests/docs.rs), and those of examples/cpp.
if [ ! "$THOROUGH" ]; then
    return
fi
for file in suspending-the-guest.cpp instances-and-options.cpp hooks.cpp sources.cpp sources-2.cpp sinks.cpp parameter-compilers.cpp \
    dependencies.cpp; do
    c++ -std=c++17 -fno-rtti -Wall -Wextra -Wpedantic -Werror -shared -fPIC -fvisibility=hidden $file -o ${file%.cpp}.so $(pkg-config --cflags libvm) -pthread
done
{
    cat the-manifest.cpp
    cat <<'END'
class Texts : public vm::Plugin {
public:
    static void describe(vm::Description<Texts> &plugin)
    {
        plugin.module("calc").function("add", [](int32_t a, int32_t b) { return a + b; });
        plugin.module("math").function("add", [](int32_t a, int32_t b) { return a + b; });
    }
};
VM_CPP_PLUGIN(Texts, "texts", "1.0.0", "Has two modules")
END
} >manifest.cpp
c++ -std=c++17 -shared -fPIC -fvisibility=hidden manifest.cpp -o manifest.so $(pkg-config --cflags libvm)
program
