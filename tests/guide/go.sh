# The host is that of the example, which the tests of bindings/go compare with the page.
if ! go version >/dev/null 2>&1; then
    echo "SKIPPED: there is no Go"
    return
fi
export GOTOOLCHAIN=local GOFLAGS=-mod=mod
mkdir host && cd host
cp "$LIBVM/examples/go/host/main.go" ../app.wasm ../calc.so .
sh -e ../a-host.sh >printed
grep -q "^sum is 42$" printed
