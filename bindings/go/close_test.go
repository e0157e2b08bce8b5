package libvm_test

import (
	"context"
	"errors"
	"io/fs"
	"libvm"
	"testing"
)

// Objects that are closed by what they have called are freed when that has returned.
func TestCallbacksThatCloseWhatIsUsed(t *testing.T) {
	vm := newContext(t)
	event := newEvent(t, "mail", map[string]any{"size": 17})
	must(t, vm.AddHook("mail", libvm.HookFirst, func(*libvm.Event) (libvm.HookAnswer, error) {
		event.Close()
		return libvm.Complete, nil
	}))
	if decided, err := vm.InvokeHooks(event); !decided || err != nil {
		t.Fatal(decided, err)
	}
	_, err := event.Get("size")
	fails(t, err, libvm.StatusStale)

	var execution *libvm.Execution
	var module *libvm.Module
	started := make(chan struct{})
	must(t, vm.AsyncFunction("host", "wait", func() { <-started }))
	must(t, vm.Function("host", "close", func() {
		module.Close()
		if execution != nil {
			execution.Close()
		}
	}))
	module, err = vm.Engine().LoadModule(guest(t, `(module
		(import "host" "wait" (func $wait)) (import "host" "close" (func $close))
		(func (export "go") call $wait call $close) (start $close))`))
	must(t, err)
	instance, err := vm.Instantiate(module)
	must(t, err)
	_, err = vm.Instantiate(module)
	fails(t, err, libvm.StatusStale)
	function, err := instance.Func("go")
	must(t, err)
	execution, err = function.Start()
	must(t, err)
	close(started)
	_, err = execution.Wait(context.Background())
	fails(t, err, libvm.StatusStale)
}

func TestErrorsOfFilesAreThoseOfGo(t *testing.T) {
	_, err := newEngine(t, nil).LoadModuleFromFile("nowhere.wasm")
	if !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	fails(t, err, libvm.StatusFileNotFound, "nowhere.wasm")
}
