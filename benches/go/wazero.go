package main

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

func init() {
	others = append(others, func(wasm []byte) *candidate {
		return wazeroWith("wazero 1.12.0, compiler", wazero.NewRuntimeConfigCompiler(), wasm)
	}, func(wasm []byte) *candidate {
		return wazeroWith("wazero 1.12.0, interpreter", wazero.NewRuntimeConfigInterpreter(), wasm)
	})
}

func wazeroWith(name string, config wazero.RuntimeConfig, wasm []byte) *candidate {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	add := api.GoFunc(func(_ context.Context, stack []uint64) {
		stack[0] = api.EncodeI32(api.DecodeI32(stack[0]) + api.DecodeI32(stack[1]))
	})
	i32 := api.ValueTypeI32
	host := runtime.NewHostModuleBuilder("host").NewFunctionBuilder()
	host = host.WithGoFunction(add, []api.ValueType{i32, i32}, []api.ValueType{i32})
	_, err := host.Export("add").Instantiate(ctx)
	check(err)
	instance, err := runtime.Instantiate(ctx, wasm)
	check(err)
	guest, loop := instance.ExportedFunction("add"), instance.ExportedFunction("loop")
	stack := make([]uint64, 2)
	return &candidate{
		name: name,
		guest: func(count int) {
			for i := 0; i < count; i++ {
				stack[0], stack[1] = 20, 22
				check(guest.CallWithStack(ctx, stack))
				if stack[0] != 42 {
					panic("the sum is not 42")
				}
			}
		},
		host: func(count int) {
			stack[0] = uint64(count)
			check(loop.CallWithStack(ctx, stack))
		},
	}
}
