package libvm_test

import (
	"errors"
	"libvm"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guest compiles a module in the text format.
func guest(t testing.TB, text string) []byte {
	t.Helper()
	tool := os.Getenv("LIBVM_XTASK")
	if tool == "" {
		t.Skip("LIBVM_XTASK names no program that translates the text format")
	}
	folder := t.TempDir()
	in, out := filepath.Join(folder, "guest.wat"), filepath.Join(folder, "guest.wasm")
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command(tool, "wat", in, out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newEngine(t testing.TB, config *libvm.EngineConfig) *libvm.Engine {
	t.Helper()
	engine, err := libvm.NewEngine(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	return engine
}

func newContext(t testing.TB) *libvm.Context {
	t.Helper()
	context, err := newEngine(t, nil).NewContext()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(context.Close)
	return context
}

// instantiate makes an instance of a module in the text format.
func instantiate(t testing.TB, vm *libvm.Context, text string) *libvm.Instance {
	t.Helper()
	module, err := vm.Engine().LoadModule(guest(t, text))
	if err != nil {
		t.Fatal(err)
	}
	defer module.Close()
	instance, err := vm.Instantiate(module)
	if err != nil {
		t.Fatal(err)
	}
	return instance
}

// call calls an exported function, and checks its results.
func call(t testing.TB, instance *libvm.Instance, name string, args []any, expected ...any) {
	t.Helper()
	results, err := instance.Call(name, args...)
	if err != nil || len(results) != len(expected) {
		t.Fatalf("%s returned %v, %v, and not %v", name, results, err, expected)
	}
	for i := range expected {
		if results[i] != expected[i] {
			t.Fatalf("%s returned %v, and not %v", name, results, expected)
		}
	}
}

// fails checks an error: its status, and what its message contains.
func fails(t testing.TB, err error, status libvm.Status, texts ...string) {
	t.Helper()
	if !errors.Is(err, status) {
		t.Fatalf("the error is %v, and not %v", err, status)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Fatalf("the error does not contain %q: %v", text, err)
		}
	}
}

// must ends the test if there is an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
