package libvm

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"context"
	"unsafe"
)

// Instance is an instance of a module in a context.
type Instance struct {
	context *Context
	raw     C.VM_Instance
}

// Instantiate makes an instance of a module: its imports are what is registered in the context.
func (c *Context) Instantiate(module *Module) (*Instance, error) { return c.instantiate(module, "") }

// RegisterWasm makes an instance of a module, whose exports other modules can import under a name.
func (c *Context) RegisterWasm(name string, module *Module) (*Instance, error) {
	if name == "" {
		return nil, failure(StatusInvalidArgument, "the name is empty")
	}
	return c.instantiate(module, name)
}

func (c *Context) instantiate(module *Module, name string) (*Instance, error) {
	if module == nil {
		return nil, failure(StatusNullArgument, "the module is nil")
	}
	made := &Instance{context: c}
	err := module.use(func(raw unsafe.Pointer) error {
		instantiate := func(name *C.char) error {
			return c.run(func() C.Answer { return C.libvm_go_instantiate(&c.anchor, c.raw, (*C.VM_Module)(raw), name, &made.raw) })
		}
		if name == "" {
			return instantiate(nil)
		}
		return withText(name, instantiate)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// FindInstance returns the instance that is registered under a name.
func (c *Context) FindInstance(name string) (*Instance, error) {
	made := &Instance{context: c}
	err := withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextFindInstance(c.raw, name, &made.raw, failed) })
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Remove removes the instance from its context.
func (i *Instance) Remove() error {
	c := i.context
	return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextRemoveInstance(c.raw, i.raw, failed) })
}

// Context returns the instance's context.
func (i *Instance) Context() *Context { return i.context }

// Func returns an exported function.
func (i *Instance) Func(name string) (*Func, error) {
	c := i.context
	made := &Func{context: c}
	err := withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_InstanceFindFunction(c.raw, i.raw, name, &made.raw, failed)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := made.readType(); err != nil {
		return nil, err
	}
	return made, nil
}

// Call calls an exported function: see Func.Call.
func (i *Instance) Call(name string, args ...any) ([]any, error) {
	return i.CallContext(nil, name, args...)
}

// CallContext calls an exported function, which ends with ctx: see Func.CallContext.
func (i *Instance) CallContext(ctx context.Context, name string, args ...any) ([]any, error) {
	function, err := i.Func(name)
	if err != nil {
		return nil, err
	}
	return function.CallContext(ctx, args...)
}

// RunWasmFromFile loads a module from a file, makes an instance of it and calls an exported function: see Func.Call.
func (c *Context) RunWasmFromFile(path, name string, args ...any) ([]any, error) {
	module, err := c.engine.LoadModuleFromFile(path)
	return c.runWasm(module, err, name, args)
}

// RunWasm loads a module from bytes, makes an instance of it and calls an exported function: see Func.Call.
func (c *Context) RunWasm(data []byte, name string, args ...any) ([]any, error) {
	module, err := c.engine.LoadModule(data)
	return c.runWasm(module, err, name, args)
}

func (c *Context) runWasm(module *Module, err error, name string, args []any) ([]any, error) {
	if err != nil {
		return nil, err
	}
	defer module.Close()
	instance, err := c.Instantiate(module)
	if err != nil {
		return nil, err
	}
	return instance.Call(name, args...)
}
