# These commands take long, and what they run is in the tests already. A thorough run has them all but the sanitizers, which say so.
(cd "$LIBVM" && grep -q 't_module.shared' "$PAGE/testing.sh" && test -e capi-tests/t_module.c)
"$XTASK" help 2>&1 | grep -q "sanitize \[NAME\]"
while read -r cargo xtask rest; do
    test "$cargo $xtask ${rest%% *}" = "cargo xtask sanitize"
done <sanitizers.sh
if [ "$THOROUGH" ]; then
    (cd "$LIBVM" && sh -e "$PAGE/testing.sh")
    python3 -m venv environment
    (cd "$LIBVM" && . "$PAGE/environment/bin/activate" && sh -e "$PAGE/testing-2.sh")
    if cargo +nightly miri --version >/dev/null 2>&1; then
        (cd "$LIBVM" && sh -e "$PAGE/miri.sh")
    else
        echo "SKIPPED: there is no Miri: rustup toolchain install nightly --component miri"
    fi
fi
