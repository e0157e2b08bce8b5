package libvm_test

import (
	"fmt"
	"libvm"
	"os"
	"runtime"
	"testing"
	"time"
)

func residentBytes(t *testing.T) uint64 {
	var size, resident uint64
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("this system has no /proc/self/statm")
	}
	if _, err := fmt.Sscan(string(data), &size, &resident); err != nil {
		t.Fatal(err)
	}
	return resident * uint64(os.Getpagesize())
}

// oneContext makes a context whose host function closes over the context itself, and runs a guest that calls it.
func oneContext(t *testing.T, engine *libvm.Engine, module *libvm.Module) *libvm.Context {
	vm, err := engine.NewContext()
	if err != nil {
		t.Fatal(err)
	}
	called := 0
	filler := make([]byte, 8192) // makes a leak visible soon
	if err := vm.Function("host", "use", func(n int32) int32 {
		called++
		filler[0]++
		if vm.Engine() != engine {
			return 0
		}
		return n
	}); err != nil {
		t.Fatal(err)
	}
	instance, err := vm.Instantiate(module)
	if err != nil {
		t.Fatal(err)
	}
	if results, err := instance.Call("run", 1); err != nil || results[0] != int32(1) || called != 1 {
		t.Fatal(results, err, called)
	}
	return vm
}

func rounds() int {
	if os.Getenv("LIBVM_TEST_FULL") != "" {
		return 100000
	}
	return 10000
}

func flat(t *testing.T, work func(engine *libvm.Engine, module *libvm.Module)) {
	flatFor(t, rounds(), work)
}

func flatFor(t *testing.T, count int, work func(engine *libvm.Engine, module *libvm.Module)) {
	engine := newEngine(t, nil)
	module, err := engine.LoadModule(guest(t, `(module (import "host" "use" (func $use (param i32) (result i32)))
		(memory 1) (func (export "run") (param i32) (result i32) (call $use (local.get 0))))`))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < count/20; i++ {
		work(engine, module)
	}
	before := settled(t)
	for i := 0; i < count; i++ {
		work(engine, module)
	}
	after := settled(t)
	// The fillers alone are 60 MiB and more; the collector may be late by a third of that.
	if after > before+40<<20 {
		t.Errorf("%d bytes before %d contexts, %d after them", before, count, after)
	}
}

// settled returns the memory of the process once finalizers have run.
func settled(t *testing.T) uint64 {
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	return residentBytes(t)
}

func TestContextsThatAreClosed(t *testing.T) {
	flat(t, func(engine *libvm.Engine, module *libvm.Module) { oneContext(t, engine, module).Close() })
}

func TestContextsThatAreCollected(t *testing.T) {
	count := 0
	flat(t, func(engine *libvm.Engine, module *libvm.Module) {
		oneContext(t, engine, module)
		if count++; count%100 == 0 {
			runtime.GC() // does not know how large what is behind a context is
			time.Sleep(time.Millisecond)
		}
	})
}

// everything makes a context with a hook, a stream and a recording whose functions close over them all.
func everything(t *testing.T, vm *libvm.Context) *libvm.Stream {
	filler := make([]byte, 64<<10)
	var recorder libvm.SinkFunc
	stream, err := vm.NewStream("test")
	must(t, err)
	use := func() { filler[0]++; _ = vm.Engine(); _ = stream.State(); _ = recorder }
	recorder = func(libvm.StreamEvent) error { use(); return nil }
	must(t, vm.AddHook("point", libvm.HookFirst, func(*libvm.Event) (libvm.HookAnswer, error) { use(); return libvm.Continue, nil }))
	event, err := libvm.NewEvent("point")
	must(t, err)
	_, err = vm.InvokeHooks(event)
	must(t, err)
	must(t, vm.Record(writerFunc(func(data []byte) (int, error) { use(); return len(data), nil })))
	count := uint64(0)
	must(t, stream.SetSource(libvm.SourceFunc(func() (libvm.StreamEvent, error) {
		use()
		count++
		return libvm.StreamEvent{Payload: filler[:100], Position: count, Metadata: map[string]string{"key": "value"}}, nil
	})))
	must(t, stream.AddStage("stage", 0, func(caller *libvm.Caller) error {
		use()
		event, err := caller.Event()
		must(t, err)
		return caller.Emit(event)
	}))
	must(t, stream.AddSink("", recorder))
	must(t, stream.OnState(func(string, libvm.StreamPartState, string) { use() }))
	must(t, stream.RunEvents(nil, 2))
	return stream
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(data []byte) (int, error) { return f(data) }

func TestHooksAndStreamsAreFreed(t *testing.T) {
	count := 0
	for _, closes := range []bool{true, false} {
		flatFor(t, rounds()/10, func(engine *libvm.Engine, _ *libvm.Module) {
			vm, err := engine.NewContext()
			must(t, err)
			stream := everything(t, vm)
			if closes {
				stream.Close()
				vm.Close()
			} else if count++; count%50 == 0 {
				runtime.GC()
				time.Sleep(time.Millisecond)
			}
		})
	}
}

func TestPoolsAreFreed(t *testing.T) {
	count := 0
	for _, closes := range []bool{true, false} {
		flatFor(t, rounds()/10, func(engine *libvm.Engine, module *libvm.Module) {
			filler := make([]byte, 64<<10)
			var pool *libvm.ContextPool
			pool, err := engine.NewContextPool(nil, 3, func(vm *libvm.Context) error {
				return vm.Function("host", "use", func(n int32) int32 { filler[0]++; _, _ = vm.Engine(), pool; return n })
			})
			must(t, err)
			must(t, pool.Fill(2))
			for i := 0; i < 3; i++ {
				vm, err := pool.Take()
				must(t, err)
				instance, err := vm.Instantiate(module)
				must(t, err)
				call(t, instance, "run", []any{1}, int32(1))
				switch {
				case i < 2:
					must(t, pool.Return(vm))
				case closes:
					vm.Close()
				}
			}
			if closes {
				pool.Close()
			} else if count++; count%50 == 0 {
				runtime.GC()
				time.Sleep(time.Millisecond)
			}
		})
	}
}
