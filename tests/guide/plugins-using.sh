mkdir plugins
cp calc.so plugins/
export LIBVM_PLUGIN_PATH="$PAGE/plugins"
program >printed
grep -q "plugins/calc.so: loaded" printed
grep -q "^calc 1.0.0 for " printed
# The lock file has the keys that the page shows.
for key in $(sed -n 's/ *=.*//p' lock-files.toml); do
    grep -q "^$key = " libvm.lock
done
