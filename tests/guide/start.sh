# The commands of a newcomer. A language that cannot be had is skipped by name.
demo() {
    if ! (cd "$LIBVM" && sh -e "$PAGE/$2") >output 2>&1; then
        if grep -q -e "cannot be installed from PyPI" -e "needs Python 3.10 or newer" output; then
            echo "SKIPPED: the demo in $1: $(tail -1 output)"
            return
        fi
        cat output
        return 1
    fi
    printed=$(grep -A 1 "^guest says" output)
    if [ "$printed" != "$(cat start-in-five-minutes.text)" ]; then
        cat output
        echo "the demo in $1 does not print what the guide says"
        return 1
    fi
}
demo C c.sh
demo C++ cpp.sh
demo Python python.sh
demo Go go.sh
demo Rust rust.sh
