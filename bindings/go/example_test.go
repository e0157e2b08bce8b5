package libvm_test

import (
	"bytes"
	"fmt"
	"libvm"
	"os"
	"strings"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func ExampleNewWasi() {
	engine, err := libvm.NewEngine(nil)
	check(err)
	vm, err := engine.NewContext()
	check(err)

	var out bytes.Buffer
	wasi, err := libvm.NewWasi(libvm.WasiConfig{
		Args: []string{"tool", "--verbose"}, Stdin: strings.NewReader("text"), Stdout: &out, Stderr: os.Stderr,
		Directories: []libvm.Directory{{Host: ".", Guest: "/data", Read: true}},
	})
	check(err)
	check(vm.RegisterWasi(wasi))
	exitCode, err := vm.RunWasiFromFile("tool.wasm")

	fmt.Println(exitCode, err)
	// Output: 0 cannot read the wasm file tool.wasm: No such file or directory (os error 2)
}
