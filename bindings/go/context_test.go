package libvm_test

import (
	"bytes"
	"errors"
	"fmt"
	"libvm"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const adds = `(module (import "host" "next" (func $next (result i32))) (memory (export "memory") 1) (global $sum (mut i32) (i32.const 0))
	(func (export "add") (result i32) (global.set $sum (i32.add (global.get $sum) (call $next))) (global.get $sum)))`

func TestPools(t *testing.T) {
	engine := newEngine(t, &libvm.EngineConfig{Interruptible: true})
	module, err := engine.LoadModule(guest(t, adds))
	must(t, err)
	prepared := 0
	pool, err := engine.NewContextPool(&libvm.ContextConfig{Name: "pooled"}, 2, func(vm *libvm.Context) error {
		prepared++
		count := int32(0)
		// It closes over its own context.
		return errors.Join(vm.SetTimeout(time.Minute), vm.Function("host", "next", func() int32 {
			count += int32(len(fmt.Sprint(vm != nil))) - 3
			return count
		}))
	})
	must(t, err)
	defer pool.Close()
	use := func(vm *libvm.Context, expected ...int32) {
		t.Helper()
		instance, err := vm.Instantiate(module)
		must(t, err)
		for _, each := range expected {
			call(t, instance, "add", nil, each)
		}
	}
	first, err := pool.Take()
	must(t, err)
	use(first, 1, 3)
	second, err := pool.Take()
	must(t, err)
	_, err = pool.Take()
	fails(t, err, libvm.StatusLimit)
	var details *libvm.Error
	if !errors.As(err, &details) || !details.Retryable {
		t.Fatalf("%+v", details)
	}
	if pool.Taken() != 2 || pool.Idle() != 0 {
		t.Fatal(pool.Taken(), pool.Idle())
	}
	must(t, pool.Return(first))
	fails(t, pool.Return(first), libvm.StatusStale)
	_, err = first.Instantiate(module)
	fails(t, err, libvm.StatusStale)
	first.Close() // does nothing: it is not taken
	again, err := pool.Take()
	must(t, err)
	use(again, 3, 7) // its memory is new; what Go has is not
	if prepared != 2 {
		t.Fatal(prepared)
	}
	// One in which more is registered is not kept.
	must(t, again.Function("more", "f", func() {}))
	must(t, pool.Return(again))
	if pool.Idle() != 0 {
		t.Fatal(pool.Idle())
	}
	second.Close() // makes room
	must(t, pool.Fill(2))
	if pool.Idle() != 2 || prepared != 4 {
		t.Fatal(pool.Idle(), prepared)
	}
	fails(t, pool.Fill(3), libvm.StatusLimit)
	fails(t, pool.Fill(-1), libvm.StatusInvalidArgument)
	fails(t, pool.Return(nil), libvm.StatusNullArgument)
	other := newContext(t)
	fails(t, pool.Return(other), libvm.StatusInvalidArgument)
	if _, err := other.RunWasm(guest(t, `(module (func (export "f")))`), "f"); err != nil { // it is still usable
		t.Fatal(err)
	}
	taken, err := pool.Take()
	must(t, err)
	pool.Close()
	_, err = pool.Take()
	fails(t, err, libvm.StatusStale)
	use(taken, 1)
	fails(t, pool.Return(taken), libvm.StatusStale)
	taken.Close()
}

func TestPoolsThatCannotPrepare(t *testing.T) {
	engine := newEngine(t, nil)
	cause := errors.New("no table is free")
	pool := func(prepare func(*libvm.Context) error) *libvm.ContextPool {
		made, err := engine.NewContextPool(nil, 0, prepare)
		must(t, err)
		t.Cleanup(made.Close)
		return made
	}
	_, err := pool(func(*libvm.Context) error { return cause }).Take()
	fails(t, err, libvm.StatusTrap, "no table is free")
	if !errors.Is(err, cause) {
		t.Fatal(err)
	}
	_, err = pool(func(vm *libvm.Context) error { vm.Close(); return nil }).Take()
	fails(t, err, libvm.StatusInvalidArgument, "has closed it")
	func() {
		defer func() {
			if panicked := recover(); panicked != "no chair" {
				t.Fatal(panicked)
			}
		}()
		_, err := pool(func(*libvm.Context) error { panic("no chair") }).Take()
		t.Fatal("it returned", err)
	}()
	_, err = engine.NewContextPool(nil, -1, nil)
	fails(t, err, libvm.StatusInvalidArgument)
	vm, err := pool(nil).Take()
	must(t, err)
	vm.Close()
}

func TestPoolsInManyGoroutines(t *testing.T) {
	engine := newEngine(t, nil)
	module, err := engine.LoadModule(guest(t, adds))
	must(t, err)
	pool, err := engine.NewContextPool(nil, 4, func(vm *libvm.Context) error {
		return vm.Function("host", "next", func() int32 { return 5 })
	})
	must(t, err)
	defer pool.Close()
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 100; j++ {
				vm, err := pool.Take()
				if err != nil {
					t.Error(err)
					return
				}
				if instance, err := vm.Instantiate(module); err != nil {
					t.Error(err)
				} else if results, err := instance.Call("add"); err != nil || results[0] != int32(5) {
					t.Error(results, err)
				}
				if err := pool.Return(vm); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
}

func TestRecordings(t *testing.T) {
	module := guest(t, adds)
	run := func(vm *libvm.Context, begin func() error, expected ...int32) error {
		t.Helper()
		must(t, begin())
		made, err := vm.Engine().LoadModule(module)
		must(t, err)
		instance, err := vm.Instantiate(made)
		must(t, err)
		for _, each := range expected {
			if results, err := instance.Call("add"); err != nil || results[0] != each {
				return errors.Join(err, fmt.Errorf("%v", results))
			}
		}
		return vm.StopRecording()
	}
	counting := func() *libvm.Context {
		vm, count := newContext(t), int32(0)
		must(t, vm.Function("host", "next", func() int32 { count += 10; return count }))
		return vm
	}
	var recording bytes.Buffer
	vm := counting()
	must(t, run(vm, func() error { return vm.Record(&recording) }, 10, 30))
	file := filepath.Join(t.TempDir(), "recording")
	vm = counting()
	must(t, run(vm, func() error { return vm.RecordToFile(file) }, 10, 30))
	// None of the host's functions is needed.
	replay := func() *libvm.Context { return newContext(t) }
	vm = replay()
	must(t, run(vm, func() error { return vm.Replay(recording.Bytes()) }, 10, 30))
	vm = replay()
	must(t, run(vm, func() error { return vm.ReplayFromFile(file) }, 10, 30))
	vm = replay()
	fails(t, run(vm, func() error { return vm.Replay(recording.Bytes()) }, 10), libvm.StatusReplayDiffers)
	fails(t, vm.Replay(recording.Bytes()), libvm.StatusSealed)
	fails(t, newContext(t).Replay([]byte("x")), libvm.StatusBadRecording)
	fails(t, newContext(t).StopRecording(), libvm.StatusNotFound)
	fails(t, newContext(t).Record(nil), libvm.StatusNullArgument)
	fails(t, newContext(t).RecordToFile(t.TempDir()+"/no/file"), libvm.StatusFileNotFound)

	vm = counting()
	err := run(vm, func() error { return vm.Record(&full{left: 1}) }, 10, 30)
	fails(t, err, libvm.StatusIO)
	if !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
}

// full is a writer that fails after some calls.
type full struct{ left int }

func (f *full) Write(data []byte) (int, error) {
	if f.left == 0 {
		return 0, os.ErrClosed
	}
	f.left--
	return len(data), nil
}

func TestLimitsThatAreRaised(t *testing.T) {
	var asked []libvm.LimitRequest
	vm, err := newEngine(t, nil).NewContextWith(&libvm.ContextConfig{MemoryLimit: 2 * libvm.PageSize, OnLimit: func(request libvm.LimitRequest) uint64 {
		asked = append(asked, request)
		switch {
		case len(asked) == 3:
			panic("too much")
		case request.Wanted > 4*libvm.PageSize:
			return request.Limit
		}
		return request.Wanted
	}})
	must(t, err)
	defer vm.Close()
	instance := instantiate(t, vm, `(module (memory (export "memory") 2) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`)
	call(t, instance, "grow", []any{2}, int32(2))
	if expected := (libvm.LimitRequest{Kind: libvm.LimitMemory, Used: 2 * libvm.PageSize, Wanted: 4 * libvm.PageSize, Limit: 2 * libvm.PageSize}); asked[0] != expected {
		t.Fatalf("%+v", asked)
	}
	memory, err := instance.Memory("memory")
	must(t, err)
	_, err = memory.Grow(1)
	fails(t, err, libvm.StatusLimit)
	defer func() {
		if panicked := recover(); panicked != "too much" {
			t.Fatal(panicked)
		}
	}()
	results, err := instance.Call("grow", 1)
	t.Fatal("it returned", results, err)
}

func TestTraces(t *testing.T) {
	var lines []string
	vm, err := newEngine(t, nil).NewContextWith(&libvm.ContextConfig{Trace: func(event libvm.TraceEvent) {
		lines = append(lines, fmt.Sprint(event.Kind, " ", event.Depth, " ", event.Module, ".", event.Function, " ", event.Values, " ", event.Message))
	}})
	must(t, err)
	defer vm.Close()
	must(t, vm.Function("host", "half", func(n int64, object any) (int64, error) {
		if n%2 == 1 {
			return 0, errors.New("it is odd")
		}
		return n / 2, nil
	}))
	instance := instantiate(t, vm, `(module (import "host" "half" (func $half (param i64 externref) (result i64)))
		(func (export "half") (param i64) (result i64) (call $half (local.get 0) (ref.null extern))))`)
	call(t, instance, "half", []any{8}, int64(4))
	if expected := "3 0 .half [8] , 1 1 host.half [8 <nil>] , 2 1 host.half [4] , 4 0 .half [4] "; strings.Join(lines, ", ") != expected {
		t.Fatal(strings.Join(lines, ", "))
	}
	_, err = instance.Call("half", 7)
	fails(t, err, libvm.StatusTrap)
	if !strings.Contains(lines[6], "it is odd") {
		t.Fatal(lines)
	}
}

func TestInstances(t *testing.T) {
	vm := newContext(t)
	first := instantiate(t, vm, `(module (memory (export "memory") 1 3) (global (export "g") i32 (i32.const 1)) (func (export "seven") (result i32) (i32.const 7)))`)
	must(t, vm.RegisterInstance("first", first))
	must(t, vm.RegisterInstance("same", first))
	fails(t, vm.RegisterInstance("first", first), libvm.StatusAlreadyExists)
	fails(t, vm.RegisterInstance("x", nil), libvm.StatusNullArgument)
	second := instantiate(t, vm, `(module (import "first" "seven" (func $seven (result i32))) (import "same" "memory" (memory 1))
		(func (export "eight") (result i32) (i32.add (call $seven) (i32.const 1))))`)
	call(t, second, "eight", nil, int32(8))
	list, err := vm.Instances()
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	call(t, list[1], "eight", nil, int32(8))
	seven, err := list[0].FuncAt(2)
	must(t, err)
	if results, err := seven.Call(); err != nil || results[0] != int32(7) {
		t.Fatal(results, err)
	}
	_, err = first.FuncAt(0)
	fails(t, err, libvm.StatusWrongType)
	_, err = first.FuncAt(-1)
	fails(t, err, libvm.StatusNotFound)
	memory, err := first.Memory("memory")
	must(t, err)
	if found, err := memory.Type(); err != nil || found != (libvm.MemoryType{Minimum: 1, Maximum: 3, HasMaximum: true, PageSize: 65536}) {
		t.Fatalf("%+v, %v", found, err)
	}
	vm.Close()
	_, err = vm.Instances()
	fails(t, err, libvm.StatusStale)
}

func TestItemsOfHostModules(t *testing.T) {
	module, err := libvm.NewHostModule("env")
	must(t, err)
	must(t, module.Memory("memory", libvm.MemoryType{Minimum: 1, Maximum: 2, HasMaximum: true}))
	must(t, module.Table("table", libvm.TableType{Element: libvm.FuncRef, Minimum: 4}))
	must(t, module.Global("count", int64(5), true))
	must(t, module.Global("vector", libvm.V128{1}, false))
	must(t, module.Function("secret", func() int32 { return 3 }))
	must(t, module.SetFunctionPermission("secret", "env:secret"))
	fails(t, module.SetFunctionPermission("nothing", "env:secret"), libvm.StatusNotFound)
	fails(t, module.Global("count", int64(5), true), libvm.StatusAlreadyExists)
	fails(t, module.Global("x", "five", true), libvm.StatusWrongType, "string")
	fails(t, module.Memory("large", libvm.MemoryType{Minimum: 1 << 40}), libvm.StatusInvalidArgument)
	fails(t, module.Table("numbers", libvm.TableType{Element: libvm.I32}), libvm.StatusWrongType)
	for _, granted := range []bool{false, true} {
		vm := newContext(t)
		if granted {
			must(t, vm.GrantPermission("env", "env:secret"))
		}
		must(t, vm.RegisterModule(module))
		instance := instantiate(t, vm, `(module (import "env" "memory" (memory 1)) (import "env" "table" (table 4 funcref))
			(import "env" "count" (global $count (mut i64))) (import "env" "secret" (func $secret (result i32)))
			(func (export "size") (result i32) (i32.add (memory.size) (table.size 0)))
			(func (export "count") (result i64) (global.set $count (i64.add (global.get $count) (i64.const 1))) (global.get $count))
			(func (export "secret") (result i32) (call $secret)))`)
		call(t, instance, "size", nil, int32(5))
		call(t, instance, "count", nil, int64(6)) // each context has its own
		if granted {
			call(t, instance, "secret", nil, int32(3))
		} else {
			_, err := instance.Call("secret")
			fails(t, err, libvm.StatusPluginPermission, "env:secret")
		}
	}
}

func TestInstantiationThatWaits(t *testing.T) {
	vm := newContext(t)
	must(t, vm.AsyncFunction("host", "fetch", func(n int32) int32 { time.Sleep(time.Millisecond); return n + 1 }))
	module, err := vm.Engine().LoadModule(guest(t, `(module (import "host" "fetch" (func $fetch (param i32) (result i32)))
		(global $g (mut i32) (i32.const 0)) (func $start (global.set $g (call $fetch (i32.const 4)))) (start $start)
		(func (export "get") (result i32) (global.get $g)))`))
	must(t, err)
	execution, err := vm.StartInstantiate(module)
	must(t, err)
	defer execution.Close()
	_, err = execution.Instance()
	fails(t, err, libvm.StatusBusy)
	if results, err := execution.Wait(nil); err != nil || len(results) != 0 {
		t.Fatal(results, err)
	}
	instance, err := execution.Instance()
	must(t, err)
	call(t, instance, "get", nil, int32(5))
	get, err := instance.Func("get")
	must(t, err)
	other, err := get.Start()
	must(t, err)
	_, err = other.Wait(nil)
	must(t, err)
	if code, err := other.ExitCode(); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	_, err = other.Instance()
	fails(t, err, libvm.StatusNotFound)
	_, err = vm.StartInstantiate(nil)
	fails(t, err, libvm.StatusNullArgument)
}

func TestExitCodesAndClocks(t *testing.T) {
	wasi, err := libvm.NewWasi(libvm.WasiConfig{Clock: &libvm.WasiClock{Start: time.Unix(2, 0), Step: time.Second}})
	must(t, err)
	vm := newContext(t)
	must(t, vm.RegisterWasi(wasi))
	instance := instantiate(t, vm, `(module
		(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
		(memory (export "memory") 1)
		(func (export "time") (result i64) (drop (call $time (i32.const 0) (i64.const 1) (i32.const 8))) (i64.load (i32.const 8)))
		(func (export "leave") (call $exit (i32.const 9))))`)
	call(t, instance, "time", nil, int64(2e9))
	call(t, instance, "time", nil, int64(3e9))
	leave, err := instance.Func("leave")
	must(t, err)
	execution, err := leave.Start()
	must(t, err)
	defer execution.Close()
	_, err = execution.Wait(nil)
	fails(t, err, libvm.StatusExit)
	if code, err := execution.ExitCode(); code != 9 || err != nil {
		t.Fatal(code, err)
	}
	_, err = libvm.NewWasi(libvm.WasiConfig{Clock: &libvm.WasiClock{Start: time.Unix(2, 0), Step: -1}})
	fails(t, err, libvm.StatusInvalidArgument)
}
