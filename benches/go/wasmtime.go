//go:build wasmtime

package main

import "github.com/bytecodealliance/wasmtime-go/v46"

func init() {
	others = append(others, func(wasm []byte) *candidate {
		engine := wasmtime.NewEngine()
		store := wasmtime.NewStore(engine)
		module, err := wasmtime.NewModule(engine, wasm)
		check(err)
		linker := wasmtime.NewLinker(engine)
		check(linker.FuncWrap("host", "add", func(a, b int32) int32 { return a + b }))
		instance, err := linker.Instantiate(store, module)
		check(err)
		guest, loop := instance.GetFunc(store, "add"), instance.GetFunc(store, "loop")
		return &candidate{
			name: "wasmtime-go 46.0.1",
			guest: func(count int) {
				for i := 0; i < count; i++ {
					sum, err := guest.Call(store, int32(20), int32(22))
					check(err)
					if sum != int32(42) {
						panic("the sum is not 42")
					}
				}
			},
			host: func(count int) {
				_, err := loop.Call(store, int32(count))
				check(err)
			},
		}
	})
}
