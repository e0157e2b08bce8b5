// Hooks of the host at a point of its own, with those of plug-ins between them: go run ./hook [plugin.so…]
package main

import (
	"fmt"
	"os"

	"libvm"
)

func main() {
	engine, err := libvm.NewEngine(nil)
	check(err)
	defer engine.Close()
	vm, err := engine.NewContext()
	check(err)
	defer vm.Close()

	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	for _, path := range os.Args[1:] {
		_, err = plugins.LoadFromPath(path)
		check(err)
	}
	check(vm.RegisterPlugins(plugins))
	check(vm.AddHook("mail.from", libvm.HookFirst, func(event *libvm.Event) (libvm.HookAnswer, error) {
		address, err := event.Get("address")
		if err != nil || address != "mallory@example.org" {
			return libvm.Continue, err
		}
		return libvm.Complete, event.Set("reason", "not wanted") // no other hook is asked
	}))

	for _, address := range []string{"ada@example.org", "mallory@example.org"} {
		event, err := libvm.NewEvent("mail.from")
		check(err)
		check(event.Set("address", address))
		decided, err := vm.InvokeHooks(event)
		check(err)
		if reason, _ := event.Get("reason"); decided {
			fmt.Println(address, "is refused:", reason)
		} else {
			fmt.Println(address, "is accepted")
		}
		event.Close()
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
