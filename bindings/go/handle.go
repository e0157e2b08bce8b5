package libvm

import (
	"runtime"
	"sync"
	"unsafe"
)

// owner frees a C object that is no longer reachable. It is an object of its own, which refers to nothing of Go: the garbage collector
// runs no finalizer of an object that is reachable from itself, as a context is whose host functions use it.
type owner struct {
	raw  unsafe.Pointer
	free func(raw unsafe.Pointer)
}

func newOwner(raw unsafe.Pointer, free func(raw unsafe.Pointer)) *owner {
	made := &owner{raw, free}
	runtime.SetFinalizer(made, (*owner).release)
	return made
}

func (o *owner) release() {
	o.free(o.raw)
	runtime.SetFinalizer(o, nil)
}

// handle is a C object that is freed once, and not while it is used.
type handle struct {
	mu    sync.RWMutex
	owner *owner // nil if it is closed
}

func (h *handle) use(run func(raw unsafe.Pointer) error) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.owner == nil {
		return errClosed
	}
	return run(h.owner.raw)
}

func (h *handle) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owner != nil {
		h.owner.release()
		h.owner = nil
	}
}
