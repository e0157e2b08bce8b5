package libvm_test

import (
	"context"
	"errors"
	"fmt"
	"libvm"
	"strings"
	"sync"
	"testing"
	"time"
)

const endless = `(module (memory (export "memory") 1)
	(func (export "spin") (loop $again (br $again)))
	(func (export "quick") (result i32) (i32.const 7)))`

func instanceOf(t *testing.T, config *libvm.EngineConfig, text string) *libvm.Instance {
	t.Helper()
	engine := newEngine(t, config)
	vm, err := engine.NewContext()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vm.Close)
	return instantiate(t, vm, text)
}

func TestADeadlineEndsAGuest(t *testing.T) {
	instance := instanceOf(t, &libvm.EngineConfig{Interruptible: true}, endless)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	_, err := instance.CallContext(ctx, "spin")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if _, err := instance.CallContext(ctx, "quick"); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, libvm.StatusTimeout) {
		t.Fatal(err)
	}
	if results, err := instance.Call("quick"); err != nil || results[0] != int32(7) {
		t.Fatal(results, err)
	}
}

func TestCancellingEndsAGuest(t *testing.T) {
	instance := instanceOf(t, &libvm.EngineConfig{Interruptible: true}, endless)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := instance.CallContext(ctx, "spin")
	if !errors.Is(err, context.Canceled) || !errors.Is(err, libvm.StatusCancelled) {
		t.Fatal(err)
	}
	if results, err := instance.CallContext(context.Background(), "quick"); err != nil || results[0] != int32(7) {
		t.Fatal(results, err)
	}
}

func TestATimeoutEndsAGuest(t *testing.T) {
	instance := instanceOf(t, &libvm.EngineConfig{Interruptible: true}, endless)
	if err := instance.Context().SetTimeout(20 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, err := instance.Call("spin"); !errors.Is(err, libvm.StatusTimeout) {
		t.Fatal(err)
	}
	if err := instance.Context().SetTimeout(-1); !errors.Is(err, libvm.StatusInvalidArgument) {
		t.Fatal(err)
	}
}

func TestAnEngineThatIsNotInterruptible(t *testing.T) {
	instance := instanceOf(t, nil, endless)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := instance.CallContext(ctx, "quick")
	if !errors.Is(err, libvm.StatusUnsupported) || !strings.Contains(err.Error(), "EngineConfig.Interruptible") {
		t.Fatal(err)
	}
	if err := instance.Context().SetTimeout(time.Second); !errors.Is(err, libvm.StatusUnsupported) {
		t.Fatal(err)
	}
}

func TestFuel(t *testing.T) {
	instance := instanceOf(t, &libvm.EngineConfig{FuelMetering: true}, endless)
	if err := instance.Context().SetFuel(1000); err != nil {
		t.Fatal(err)
	}
	if _, err := instance.Call("spin"); !errors.Is(err, libvm.StatusOutOfFuel) {
		t.Fatal(err)
	}
	if left, err := instance.Context().Fuel(); left >= 1000 || err != nil {
		t.Fatal(left, err)
	}
}

func TestLimits(t *testing.T) {
	engine := newEngine(t, nil)
	vm, err := engine.NewContextWith(&libvm.ContextConfig{Name: "small", MemoryLimit: 1 << 16, Statistics: true})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	instance := instantiate(t, vm, `(module (memory (export "memory") 1) (func (export "grow") (result i32) (memory.grow (i32.const 1))))`)
	if results, err := instance.Call("grow"); err != nil || results[0] != int32(-1) {
		t.Fatal(results, err)
	}
	if statistics, err := vm.Statistics(); err != nil || statistics.MemoryBytes != 1<<16 || statistics.GuestCalls != 1 {
		t.Fatalf("%+v, %v", statistics, err)
	}
	if tier, err := vm.Tier(); err != nil || tier != libvm.TierInterpreter || tier.String() != "interpreter" {
		t.Fatal(tier, err)
	}
	if _, err := engine.NewContextWith(&libvm.ContextConfig{InstanceLimit: -1}); !errors.Is(err, libvm.StatusInvalidArgument) {
		t.Fatal(err)
	}
	if _, err := libvm.NewEngine(&libvm.EngineConfig{StackSize: -1}); !errors.Is(err, libvm.StatusInvalidArgument) {
		t.Fatal(err)
	}
	interpreter := newEngine(t, &libvm.EngineConfig{Tier: libvm.TierInterpreter, CacheDirectory: t.TempDir(), CacheSize: 1 << 20, PoolInstances: 10})
	if statistics, err := interpreter.Statistics(); err != nil || statistics != (libvm.EngineStatistics{}) {
		t.Fatalf("%+v, %v", statistics, err)
	}
	newEngine(t, &libvm.EngineConfig{NoCache: true})
	if _, err := libvm.NewEngine(&libvm.EngineConfig{Tier: libvm.TierAuto, FuelMetering: true}); !errors.Is(err, libvm.StatusInvalidArgument) {
		t.Fatal(err)
	}
}

const waits = `(module
	(import "host" "fetch" (func $fetch (param i32) (result i32)))
	(func (export "run") (param i32) (result i32) (i32.add (call $fetch (local.get 0)) (i32.const 1))))`

func waiting(t *testing.T, fetch any) *libvm.Instance {
	t.Helper()
	vm := newContext(t)
	if err := vm.AsyncFunction("host", "fetch", fetch); err != nil {
		t.Fatal(err)
	}
	return instantiate(t, vm, waits)
}

func TestAsynchronousFunctions(t *testing.T) {
	instance := waiting(t, func(n int32) (int32, error) {
		time.Sleep(5 * time.Millisecond)
		if n < 0 {
			return 0, errors.New("nothing there")
		}
		if n == 0 {
			panic("lost")
		}
		return 10 * n, nil
	})
	if results, err := instance.Call("run", 4); err != nil || results[0] != int32(41) {
		t.Fatal(results, err)
	}
	if _, err := instance.Call("run", -1); err == nil || !strings.Contains(err.Error(), "nothing there") {
		t.Fatal(err)
	}
	if _, err := instance.Call("run", 0); err == nil || !strings.Contains(err.Error(), "panicked: lost") {
		t.Fatal(err)
	}
	if results, err := instance.Call("run", 5); err != nil || results[0] != int32(51) {
		t.Fatal(results, err)
	}
}

func TestErrorsOfAsynchronousFunctions(t *testing.T) {
	var none *libvm.Error
	for text, each := range map[string]error{
		"a\uFFFDb":           errors.New("a\x00b"),
		"no failure":         &libvm.Error{Message: "no failure"},
		"a number":           &libvm.Error{Status: 77, Message: "a number"},
		"nil pointer":        none,
		"another would wait": &libvm.Error{Status: libvm.StatusWouldBlock, Message: "another would wait"},
	} {
		instance := waiting(t, func(int32) (int32, error) { return 1, each })
		if _, err := instance.Call("run", 1); err == nil || !strings.Contains(err.Error(), text) {
			t.Fatal(text, err)
		}
		run, err := instance.Func("run")
		if err != nil {
			t.Fatal(err)
		}
		execution, err := run.Start(1)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if _, err := execution.Wait(ctx); err == nil || !strings.Contains(err.Error(), text) {
			t.Fatal(text, err)
		}
		cancel()
		execution.Close()
	}
}

func TestAsynchronousVectors(t *testing.T) {
	vm := newContext(t)
	if err := vm.AsyncFunction("host", "next", func(v libvm.V128) libvm.V128 { v[0]++; return v }); err != nil {
		t.Fatal(err)
	}
	instance := instantiate(t, vm, `(module (import "host" "next" (func $next (param v128) (result v128)))
		(func (export "run") (param v128) (result v128) (call $next (local.get 0))))`)
	if results, err := instance.Call("run", libvm.V128{1}); err != nil || results[0] != (libvm.V128{2}) {
		t.Fatal(results, err)
	}
}

func TestExecutions(t *testing.T) {
	release := make(chan int32)
	ended := make(chan error, 1)
	instance := waiting(t, func(ctx context.Context, n int32) int32 {
		select {
		case m := <-release:
			return n + m
		case <-ctx.Done():
			ended <- ctx.Err()
			return 0
		}
	})
	run, err := instance.Func("run")
	if err != nil {
		t.Fatal(err)
	}
	execution, err := run.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Start(1); !errors.Is(err, libvm.StatusBusy) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := execution.Wait(ctx); !errors.Is(err, libvm.StatusWouldBlock) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	go func() { release <- 100 }()
	if results, err := execution.Wait(context.Background()); err != nil || results[0] != int32(102) {
		t.Fatal(results, err)
	}
	execution.Close()
	execution.Close()

	execution, err = run.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := execution.Cancel(); err != nil {
		t.Fatal(err)
	}
	if _, err := execution.Wait(nil); !errors.Is(err, libvm.StatusCancelled) {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	execution.Close()
	if _, err := execution.Wait(nil); !errors.Is(err, libvm.StatusStale) {
		t.Fatal(err)
	}

	execution, err = run.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() {
		_, err := execution.Wait(nil)
		waited <- err
	}()
	time.Sleep(10 * time.Millisecond) // usually it waits by then
	execution.Close()
	if err := <-waited; !errors.Is(err, libvm.StatusCancelled) && !errors.Is(err, libvm.StatusStale) {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestClosedObjects(t *testing.T) {
	engine := newEngine(t, nil)
	vm, err := engine.NewContext()
	if err != nil {
		t.Fatal(err)
	}
	module, err := engine.LoadModule(guest(t, endless))
	if err != nil {
		t.Fatal(err)
	}
	instance, err := vm.Instantiate(module)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := instance.Memory("memory")
	if err != nil {
		t.Fatal(err)
	}
	engine.Close()
	module.Close()
	module.Close()
	if results, err := instance.Call("quick"); err != nil || results[0] != int32(7) {
		t.Fatal(results, err)
	}
	vm.Close()
	vm.Close()
	for name, use := range map[string]func() error{
		"engine":   func() error { _, err := engine.NewContext(); return err },
		"module":   func() error { _, err := engine.LoadModule(nil); return err },
		"context":  func() error { _, err := vm.Instantiate(module); return err },
		"instance": func() error { _, err := instance.Call("quick"); return err },
		"memory":   func() error { return memory.Write(0, []byte("x")) },
	} {
		if err := use(); !errors.Is(err, libvm.StatusStale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if module.Exports() != nil {
		t.Error("exports of a closed module")
	}
}

func TestAContextIsClosedByItsOwnHostFunction(t *testing.T) {
	vm := newContext(t)
	if err := vm.Function("host", "close", vm.Close); err != nil {
		t.Fatal(err)
	}
	_, err := vm.RunWasm(guest(t, `(module (import "host" "close" (func $close)) (func (export "run") (call $close) (call $close)))`), "run")
	if err != nil {
		t.Fatal(err)
	}
	if err := vm.Reset(); !errors.Is(err, libvm.StatusStale) {
		t.Fatal(err)
	}
}

func TestManyGoroutines(t *testing.T) {
	engine := newEngine(t, nil)
	shared, err := engine.LoadModule(guest(t, `(module (import "host" "add" (func $add (param i32 i32) (result i32)))
		(func (export "run") (param i32) (result i32) (call $add (local.get 0) (i32.const 1))))`))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	errs := make(chan error, 8)
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for round := 0; round < 50; round++ {
				vm, err := engine.NewContext()
				if err != nil {
					errs <- err
					return
				}
				if err = vm.Function("host", "add", func(a, b int32) int32 { return a + b }); err == nil {
					var instance *libvm.Instance
					if instance, err = vm.Instantiate(shared); err == nil {
						var results []any
						if results, err = instance.Call("run", i); err == nil && results[0] != int32(i+1) {
							err = fmt.Errorf("%v", results)
						}
					}
				}
				vm.Close()
				if err != nil {
					errs <- err
					return
				}
			}
		}(i)
	}
	group.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
}

func TestTwoGoroutinesInOneContext(t *testing.T) {
	vm := newContext(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	if err := vm.Function("host", "wait", func() { close(entered); <-leave }); err != nil {
		t.Fatal(err)
	}
	instance := instantiate(t, vm, `(module (import "host" "wait" (func $wait)) (func (export "run") (call $wait)) (func (export "other")))`)
	other, err := instance.Func("other")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { _, err := instance.Call("run"); done <- err }()
	<-entered
	if _, err := other.Call(); !errors.Is(err, libvm.StatusBusy) {
		t.Error(err)
	}
	vm.Close() // is deleted when the call ends
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestBacktraces(t *testing.T) {
	for frames, backtraces := range map[int]bool{1: false, 3: true} {
		vm, err := newEngine(t, &libvm.EngineConfig{Backtraces: backtraces}).NewContext()
		must(t, err)
		t.Cleanup(vm.Close)
		instance := instantiate(t, vm, `(module (func $c unreachable) (func $b (call $c)) (func (export "a") (call $b)))`)
		_, err = instance.Call("a")
		var details *libvm.Error
		if !errors.As(err, &details) || len(details.Frames) != frames {
			t.Fatalf("%v: %+v", backtraces, details)
		}
	}
}
