# A package of a plug-in in C, with the description of the page.
mkdir -p build/calc
{
    echo '#include <libvm/plugin.h>'
    sed 's/^VM_PLUGIN("calc", "1.0.0"/VM_PLUGIN("calc", "1.2.0"/; /#include/d' "$LIBVM/examples/c/plugin_smallest.c"
} >calc.c
plugin calc
cp calc.so build/calc/
cp the-description.json build/calc/calc.json
program >printed
grep -q "^calc 1.2.0$" printed
grep -q ": 100 %$" printed
# Other tools.
while read -r line; do
    sh -ec "$line"
    mv build/calc-1.2.0.zip .
    ./page inspect >printed
    grep -q "^calc 1.2.0$" printed
done <building.sh
# The signature covers the hashes of a package that libvm has built.
./page build
sh -e signing.sh
./page signed
