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
	filler := make([]byte, 4096) // makes a leak visible soon
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
	engine := newEngine(t, nil)
	module, err := engine.LoadModule(guest(t, `(module (import "host" "use" (func $use (param i32) (result i32)))
		(memory 1) (func (export "run") (param i32) (result i32) (call $use (local.get 0))))`))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 500; i++ {
		work(engine, module)
	}
	before := settled(t)
	for i := 0; i < rounds(); i++ {
		work(engine, module)
	}
	after := settled(t)
	// The fillers alone are 40 MiB.
	if after > before+16<<20 {
		t.Errorf("%d bytes before %d contexts, %d after them", before, rounds(), after)
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
