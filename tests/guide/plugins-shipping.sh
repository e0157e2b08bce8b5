sh -e signing.sh
sh -e signing-2.sh
test "$(wc -c <calc.so.sig)" = 128
mkdir build
cp calc.so build/greeter.so
grep -q "^libvm plugin check build/greeter.so" checking-a-plug-in.sh
# The checker takes long: its own tests run it in the usual run.
if [ "$THOROUGH" ]; then
    (cd "$LIBVM" && "$XTASK" check-plugin "$PAGE/build/greeter.so")
fi
program
