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

// Instances returns the instances of the context, in the order of creation.
func (c *Context) Instances() ([]*Instance, error) {
	list := []*Instance{}
	err := c.do(func(failed **C.VM_Error) C.VM_Status {
		for count := C.VM_ContextGetInstanceCount(c.raw); C.size_t(len(list)) < count; {
			made := &Instance{context: c}
			if status := C.VM_ContextGetInstance(c.raw, C.size_t(len(list)), &made.raw, failed); status != C.VM_STATUS_OK {
				return status
			}
			list = append(list, made)
		}
		return C.VM_STATUS_OK
	})
	return list, err
}

// RegisterInstance lets other modules import the exports of an instance under a name. An instance can have several names.
func (c *Context) RegisterInstance(name string, instance *Instance) error {
	if instance == nil {
		return failure(StatusNullArgument, "the instance is nil")
	}
	return withText(name, func(name *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_ContextRegisterInstance(c.raw, name, instance.raw, failed)
		})
	})
}

// StartInstantiate starts to make an instance of a module, whose start function may be suspended: Execution.Instance returns it.
func (c *Context) StartInstantiate(module *Module) (*Execution, error) {
	if module == nil {
		return nil, failure(StatusNullArgument, "the module is nil")
	}
	var raw *C.VM_Execution
	err := module.use(func(module unsafe.Pointer) error {
		return c.run(func() C.Answer { return C.libvm_go_start_instantiate(&c.anchor, c.raw, (*C.VM_Module)(module), &raw) })
	})
	if err != nil {
		return nil, err
	}
	made := &Execution{context: c}
	made.owner = newOwner(unsafe.Pointer(raw), freeExecution)
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

// FuncAt returns the exported function at an index of Module.Exports, also one whose name contains a NUL.
func (i *Instance) FuncAt(index int) (*Func, error) {
	c := i.context
	if index < 0 {
		return nil, failure(StatusNotFound, "the index of the export is negative")
	}
	made := &Func{context: c}
	err := c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_InstanceGetFunction(c.raw, i.raw, C.size_t(index), &made.raw, failed)
	})
	if err == nil {
		err = made.readType()
	}
	if err != nil {
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
