# The step "Python" of the tests runs this command in an environment of its own.
test "$(sed 's/ *#.*//' python.sh)" = "pip install ./bindings/python"
grep -q '"install", "--quiet", "./bindings/python"' "$LIBVM/xtask/src/python.rs"
