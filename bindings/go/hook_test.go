package libvm_test

import (
	"context"
	"errors"
	"libvm"
	"strings"
	"testing"
	"time"
)

func newEvent(t testing.TB, point string, values map[string]any) *libvm.Event {
	t.Helper()
	event, err := libvm.NewEvent(point)
	must(t, err)
	t.Cleanup(event.Close)
	for key, value := range values {
		must(t, event.Set(key, value))
	}
	return event
}

func TestEvents(t *testing.T) {
	event := newEvent(t, "mail", map[string]any{"from": "ada", "size": 17, "body": []byte{1, 0, 2}, "empty": "", "none": []byte(nil)})
	if event.Point() != "mail" {
		t.Fatal(event.Point())
	}
	for key, expected := range map[string]any{"from": "ada", "size": int64(17), "empty": ""} {
		if value, err := event.Get(key); value != expected || err != nil {
			t.Fatal(key, value, err)
		}
	}
	if body, err := event.Get("body"); err != nil || string(body.([]byte)) != "\x01\x00\x02" {
		t.Fatal(body, err)
	}
	if keys, err := event.Keys(); err != nil || strings.Join(keys, " ") != "body empty from none size" {
		t.Fatal(keys, err)
	}
	must(t, event.Remove("from"))
	fails(t, event.Remove("from"), libvm.StatusNotFound, "no value `from`")
	_, err := event.Get("from")
	fails(t, err, libvm.StatusNotFound, "no value `from`")
	fails(t, event.Set("x", 1.5), libvm.StatusWrongType, "float64 cannot be a value")
	fails(t, event.Set("x", "a\x00b"), libvm.StatusInvalidArgument)
	event.Close()
	fails(t, event.Set("x", "y"), libvm.StatusStale)
	_, err = libvm.NewEvent("libvm.mine")
	fails(t, err, libvm.StatusInvalidArgument)
}

func TestHooks(t *testing.T) {
	vm := newContext(t)
	var trace []string
	add := func(name string, position libvm.HookPosition, hook func(*libvm.Event) (libvm.HookAnswer, error)) {
		must(t, vm.AddHook("mail", position, func(event *libvm.Event) (libvm.HookAnswer, error) {
			trace = append(trace, name)
			return hook(event)
		}))
	}
	var kept *libvm.Event
	add("last", libvm.HookLast, func(*libvm.Event) (libvm.HookAnswer, error) { return libvm.Continue, nil })
	add("first", libvm.HookFirst, func(event *libvm.Event) (libvm.HookAnswer, error) {
		kept = event
		switch from, err := event.Get("from"); {
		case err != nil:
			return 0, err
		case from == "mallory":
			return libvm.Complete, event.Set("reason", "not wanted")
		case from == "again":
			return libvm.Retry, event.Set("from", "ada")
		case from == "wrong":
			return 7, nil
		case from == "panics":
			panic("no stamps")
		default:
			return libvm.Continue, nil
		}
	})
	invoke := func(from string) (bool, error) {
		trace = nil
		return vm.InvokeHooks(newEvent(t, "mail", map[string]any{"from": from}))
	}
	if decided, err := invoke("ada"); decided || err != nil || strings.Join(trace, " ") != "first last" {
		t.Fatal(decided, err, trace)
	}
	fails(t, kept.Set("late", 1), libvm.StatusStale)
	event := newEvent(t, "mail", map[string]any{"from": "mallory"})
	if decided, err := vm.InvokeHooks(event); !decided || err != nil {
		t.Fatal(decided, err)
	}
	if reason, err := event.Get("reason"); reason != "not wanted" || err != nil {
		t.Fatal(reason, err)
	}
	if decided, err := invoke("again"); decided || err != nil || strings.Join(trace, " ") != "first first last" {
		t.Fatal(decided, err, trace)
	}
	_, err := invoke("wrong")
	fails(t, err, libvm.StatusBadAnswer, "the hook has answered 7")
	func() {
		defer func() {
			if panicked := recover(); panicked != "no stamps" {
				t.Fatal(panicked)
			}
		}()
		_, err := invoke("panics")
		t.Fatal("it returned", err)
	}()
	_, err = vm.InvokeHooks(newEvent(t, "mail", nil))
	fails(t, err, libvm.StatusNotFound, "no value `from`", "`mail`")
	if decided, err := vm.InvokeHooks(newEvent(t, "nothing", nil)); decided || err != nil {
		t.Fatal(decided, err)
	}
	_, err = vm.InvokeHooks(nil)
	fails(t, err, libvm.StatusNullArgument)
	fails(t, vm.AddHook("mail", libvm.HookFirst, nil), libvm.StatusNullArgument)
	fails(t, vm.AddHook("mail", 9, func(*libvm.Event) (libvm.HookAnswer, error) { return 0, nil }), libvm.StatusInvalidArgument)
	vm.Close()
	_, err = invoke("ada")
	fails(t, err, libvm.StatusStale)
}

func TestErrorsOfHooks(t *testing.T) {
	vm := newContext(t)
	cause := errors.New("out of stamps")
	must(t, vm.AddHook("mail", libvm.HookFirst, func(*libvm.Event) (libvm.HookAnswer, error) { return 0, cause }))
	_, err := vm.InvokeHooks(newEvent(t, "mail", nil))
	fails(t, err, libvm.StatusTrap, "out of stamps", "`mail`")
	if !errors.Is(err, cause) {
		t.Fatal(err)
	}
}

func TestRetriesAreLimited(t *testing.T) {
	vm, err := newEngine(t, nil).NewContextWith(&libvm.ContextConfig{HookRetryLimit: 3})
	must(t, err)
	defer vm.Close()
	count := 0
	must(t, vm.AddHook("mail", libvm.HookFirst, func(*libvm.Event) (libvm.HookAnswer, error) { count++; return libvm.Retry, nil }))
	_, err = vm.InvokeHooks(newEvent(t, "mail", nil))
	fails(t, err, libvm.StatusLimit)
	if count != 4 {
		t.Fatal(count)
	}
}

func TestHooksOfPlugins(t *testing.T) {
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	must(t, plugins.DeclareHookPoint("chain", "what the test calls"))
	report, err := plugins.LoadFromPath(plugin(t, "hooks_a"))
	must(t, err)
	if len(report) != 2 || !strings.Contains(report[1].Message+report[0].Message, "chian") {
		t.Fatalf("%+v", report)
	}
	found := plugins.Plugins()[0]
	if len(found.Hooks) != 2 || found.Hooks[0] != (libvm.PluginHook{Point: "chain", Description: "does what the event says"}) {
		t.Fatalf("%+v", found.Hooks)
	}
	vm := newContext(t)
	must(t, vm.RegisterPlugins(plugins))
	must(t, vm.AddHook("chain", libvm.HookLast, func(event *libvm.Event) (libvm.HookAnswer, error) {
		trace, err := event.Get("trace")
		if err != nil {
			return 0, err
		}
		return libvm.Continue, event.Set("trace", trace.(string)+"go")
	}))
	event := newEvent(t, "chain", nil)
	if _, err := vm.InvokeHooks(event); err != nil {
		t.Fatal(err)
	}
	if trace, err := event.Get("trace"); trace != found.Name+" go" || err != nil {
		t.Fatal(trace, err)
	}
	_, err = vm.InvokeHooks(newEvent(t, "chain", map[string]any{found.Name: "fail"}))
	fails(t, err, libvm.StatusUser-7, "out of stamps")
}

func TestHooksOfLibvm(t *testing.T) {
	vm := newContext(t)
	var calls []string
	hook := func(event *libvm.Event) (libvm.HookAnswer, error) {
		name, _ := event.Get("function")
		calls = append(calls, event.Point()+" "+text(name))
		if name == "refused" {
			return 0, errors.New("this function is not called")
		}
		return libvm.Continue, nil
	}
	for _, point := range []string{"libvm.call.before", "libvm.call.after", "libvm.context.closing"} {
		must(t, vm.AddHook(point, libvm.HookFirst, hook))
	}
	instance := instantiate(t, vm, `(module (func (export "f")) (func (export "refused")))`)
	call(t, instance, "f", nil)
	_, err := instance.Call("refused")
	fails(t, err, libvm.StatusTrap, "this function is not called")
	vm.Close()
	expected := "libvm.call.before f, libvm.call.after f, libvm.call.before refused, libvm.context.closing "
	if found := strings.Join(calls, ", "); found != expected {
		t.Fatal(found)
	}
	fails(t, newContext(t).AddHook("libvm.nothing", libvm.HookFirst, hook), libvm.StatusInvalidArgument)
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

func TestAsynchronousHooks(t *testing.T) {
	vm := newContext(t)
	cause := errors.New("no such user")
	release := make(chan struct{})
	ended := make(chan error, 1)
	must(t, vm.AddAsyncHook("mail", libvm.HookFirst, func(ctx context.Context, event *libvm.Event) (libvm.HookAnswer, error) {
		from, err := event.Get("from")
		if err != nil {
			return 0, err
		}
		switch from {
		case "nobody":
			return 0, cause
		case "panics":
			panic("lost")
		case "slow":
			<-ctx.Done()
			ended <- ctx.Err()
			return 0, nil
		case "busy":
			<-release
			<-release
		}
		if keys, err := event.Keys(); err != nil || strings.Join(keys, " ") != "from old" {
			return 0, errors.Join(err, errors.New(strings.Join(keys, " ")))
		}
		if err := errors.Join(event.Set("name", "Ada"), event.Remove("old")); err != nil {
			return 0, err
		}
		return libvm.Complete, nil
	}))
	event := func(from string) *libvm.Event { return newEvent(t, "mail", map[string]any{"from": from, "old": 1}) }

	ada := event("ada")
	if decided, err := vm.InvokeHooks(ada); !decided || err != nil {
		t.Fatal(decided, err)
	}
	if keys, err := ada.Keys(); err != nil || strings.Join(keys, " ") != "from name" {
		t.Fatal(keys, err)
	}
	_, err := vm.InvokeHooks(event("nobody"))
	fails(t, err, libvm.StatusTrap, "no such user")
	if !errors.Is(err, cause) {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if panicked := recover(); panicked != "lost" {
				t.Fatal(panicked)
			}
		}()
		_, err := vm.InvokeHooks(event("panics"))
		t.Fatal("it returned", err)
	}()

	// The context is free while it waits.
	instance := instantiate(t, vm, `(module (func (export "f") (result i32) (i32.const 5)))`)
	busy, done := event("busy"), make(chan error)
	go func() { _, err := vm.InvokeHooks(busy); done <- err }()
	release <- struct{}{}                                   // it runs
	for errors.Is(vm.SetHookTimeout(0), libvm.StatusBusy) { // until the hook has returned to libvm
	}
	call(t, instance, "f", nil, int32(5))
	release <- struct{}{}
	must(t, <-done)

	must(t, vm.SetHookTimeout(20*time.Millisecond))
	_, err = vm.InvokeHooks(event("slow"))
	fails(t, err, libvm.StatusTimeout)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	fails(t, vm.SetHookTimeout(-1), libvm.StatusInvalidArgument)
	fails(t, vm.AddAsyncHook("mail", libvm.HookFirst, nil), libvm.StatusNullArgument)
}
