package libvm_test

import (
	"libvm"
	"os"
	"os/exec"
	"path/filepath"
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
