// A host: go run . calc.so app.wasm
package main

import (
	"fmt"
	"os"

	"libvm"
)

func main() {
	engine, err := libvm.NewEngine(nil)
	check(err)
	defer engine.Close()
	vm, err := engine.NewContext()
	check(err)
	defer vm.Close()

	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	_, err = plugins.LoadFromPath(os.Args[1])
	check(err)
	check(vm.RegisterPlugins(plugins))
	check(vm.Function("host", "print", func(n int32) { fmt.Println("guest says", n) }))

	sum, err := vm.RunWasmFromFile(os.Args[2], "sum", int32(20), int32(22))
	check(err)
	fmt.Println("sum is", sum[0])
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
