package libvm_test

import (
	"context"
	"errors"
	"libvm"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const trapping = `(module
	(import "host" "twice" (func $twice (param i32) (result i32)))
	(memory (export "memory") 1)
	(func (export "read") (param i32) (result i32) (i32.load (local.get 0)))
	(func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
	(func (export "unreachable") unreachable)
	(func $endless (export "endless") (result i32) (i32.add (call $endless) (i32.const 1)))
	(func (export "spin") (loop (br 0)))
	(func (export "around") (param i32) (result i32) (call $twice (local.get 0))))`

// machineCode returns an engine that runs machine code, where the library can.
func machineCode(t *testing.T, config libvm.EngineConfig) *libvm.Engine {
	config.Tier, config.CacheDirectory = libvm.TierCompiled, t.TempDir()
	engine, err := libvm.NewEngine(&config)
	if errors.Is(err, libvm.StatusUnsupported) {
		t.Skip(err)
	}
	must(t, err)
	t.Cleanup(engine.Close)
	return engine
}

// nilPointer reads a nil pointer, which arrives as a signal of Go's own.
func nilPointer() (message string) {
	defer func() { message = recover().(runtime.Error).Error() }()
	var pointer *int
	return string(rune(*pointer))
}

// Traps of machine code are signals, beside those of Go's runtime, on any thread and below callbacks in Go.
func TestTrapsOfMachineCode(t *testing.T) {
	for _, withoutHandlers := range []bool{false, true} {
		engine := machineCode(t, libvm.EngineConfig{NoSignalHandlers: withoutHandlers})
		module, err := engine.LoadModule(guest(t, trapping))
		if errors.Is(err, libvm.StatusUnsupported) {
			t.Skip(err)
		}
		must(t, err)
		t.Cleanup(module.Close)
		host, err := libvm.NewHostModule("host")
		must(t, err)
		t.Cleanup(host.Close)
		must(t, host.Function("twice", func(value int32) (int32, error) {
			if !strings.Contains(nilPointer(), "nil pointer") {
				return 0, errors.New("a nil pointer was read")
			}
			return 2 * value, nil
		}))
		var group sync.WaitGroup
		for i := 0; i < 8; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				trap(t, engine, module, host)
			}()
		}
		group.Wait()
	}
}

func trap(t *testing.T, engine *libvm.Engine, module *libvm.Module, host *libvm.HostModule) {
	vm, err := engine.NewContext()
	if err != nil {
		t.Error(err)
		return
	}
	defer vm.Close()
	if err := vm.RegisterModule(host); err != nil {
		t.Error(err)
		return
	}
	instance, err := vm.Instantiate(module)
	if err != nil {
		t.Error(err)
		return
	}
	if tier, err := vm.Tier(); err != nil || tier != libvm.TierCompiled {
		t.Errorf("the tier is %v, %v", tier, err)
	}
	for round := 0; round < 50; round++ {
		for _, failing := range []struct {
			name, text string
			args       []any
		}{
			{"read", "out of bounds memory access", []any{int32(65533)}},
			{"read", "out of bounds memory access", []any{int32(-1)}},
			{"divide", "integer division by zero", []any{int32(1), int32(0)}},
			{"divide", "integer overflow", []any{int32(-1 << 31), int32(-1)}},
			{"unreachable", "unreachable", nil},
			{"endless", "call stack exhausted", nil},
		} {
			_, err := instance.Call(failing.name, failing.args...)
			if !errors.Is(err, libvm.StatusTrap) || !strings.Contains(err.Error(), failing.text) {
				t.Errorf("%s: %v", failing.name, err)
			}
		}
		if message := nilPointer(); !strings.Contains(message, "nil pointer") {
			t.Errorf("reading a nil pointer: %s", message)
		}
		if results, err := instance.Call("around", int32(21)); err != nil || results[0] != int32(42) {
			t.Errorf("around: %v, %v", results, err)
		}
	}
}

// Machine code that does not end is interrupted.
func TestInterruptedMachineCode(t *testing.T) {
	engine := machineCode(t, libvm.EngineConfig{Interruptible: true})
	module, err := engine.LoadModule(guest(t, strings.Replace(trapping, `(import "host" "twice" (func $twice (param i32) (result i32)))`,
		`(func $twice (param i32) (result i32) (local.get 0))`, 1)))
	if errors.Is(err, libvm.StatusUnsupported) {
		t.Skip(err)
	}
	must(t, err)
	defer module.Close()
	vm, err := engine.NewContext()
	must(t, err)
	defer vm.Close()
	instance, err := vm.Instantiate(module)
	must(t, err)
	for round := 0; round < 3; round++ {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		_, err = instance.CallContext(ctx, "spin")
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("spinning has ended with %v", err)
		}
		_, err = instance.Call("divide", int32(1), int32(0))
		fails(t, err, libvm.StatusTrap, "division by zero")
	}
}
