package libvm

import (
	"runtime"
	"sync/atomic"
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
	o.disarm()
}

// disarm leaves the C object to another owner.
func (o *owner) disarm() { runtime.SetFinalizer(o, nil) }

// handle is a C object that is freed once, and not while it is used: also by callbacks that close it.
type handle struct {
	uses  uses
	owner *owner
}

func (h *handle) use(run func(raw unsafe.Pointer) error) error {
	if h.owner == nil {
		return errClosed
	}
	if _, ok := h.uses.enter(); !ok {
		return errClosed
	}
	defer func() {
		if h.uses.leave() {
			h.owner.release()
		}
	}()
	return run(h.owner.raw)
}

func (h *handle) close() {
	if h.owner != nil && h.uses.close() {
		h.owner.release()
	}
}

// uses counts the calls that use an object, which is deleted when it is closed and none uses it.
type uses struct{ state atomic.Int64 }

const closed = int64(1) << 62

// enter begins a use, and returns whether it is the only one; it is refused if the object is closed.
func (u *uses) enter() (alone, ok bool) {
	for {
		state := u.state.Load()
		if state&closed != 0 {
			return false, false
		}
		if u.state.CompareAndSwap(state, state+1) {
			return state == 0, true
		}
	}
}

// leave ends a use, and returns whether the object is to be deleted.
func (u *uses) leave() bool { return u.state.Add(-1) == closed }

// close closes the object, and returns whether it is to be deleted.
func (u *uses) close() bool {
	for {
		state := u.state.Load()
		if state&closed != 0 {
			return false
		}
		if u.state.CompareAndSwap(state, state|closed) {
			return state == 0
		}
	}
}
