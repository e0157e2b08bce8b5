package libvm

// #include "shim.h"
import "C"

import (
	"errors"
	"io"
	"time"
	"unsafe"
)

// Directory is a directory of the host that a guest can use.
type Directory struct {
	Host, Guest string
	Read, Write bool
}

// WasiConfig describes what guests of WASI can use: without it no arguments, no environment, no directories and no input.
type WasiConfig struct {
	Args               []string
	Env                map[string]string
	InheritEnvironment bool
	Directories        []Directory
	// Stdin is read while a guest waits for it; nil is empty.
	Stdin io.Reader
	// Stdout and Stderr receive what guests write. nil discards it; os.Stdout and os.Stderr are those of the process.
	Stdout, Stderr io.Writer
	// RandomSeed makes random numbers repeatable, unless it is 0.
	RandomSeed uint64
	// Clock replaces the clocks, for repeatable runs; nil for those of the system.
	Clock *WasiClock
}

// WasiClock is a clock that starts at a time and advances by a step with each reading.
type WasiClock struct {
	Start time.Time
	Step  time.Duration
}

// stream is a stream of a WASI environment.
type stream struct {
	reader io.Reader
	writer io.Writer
}

// Wasi is an environment of WASI, which several contexts can register.
type Wasi struct {
	handle
	streams map[uintptr]*stream
}

// NewWasi creates an environment.
func NewWasi(config WasiConfig) (*Wasi, error) {
	var raw *C.VM_Wasi
	var failed *C.VM_Error
	if err := check(C.VM_WasiCreate(&raw, &failed), failed); err != nil {
		return nil, err
	}
	made := &Wasi{streams: map[uintptr]*stream{}}
	made.owner = newOwner(unsafe.Pointer(raw), freeWasi)
	if err := made.configure(raw, &config); err != nil {
		made.Close()
		return nil, err
	}
	return made, nil
}

func (w *Wasi) configure(raw *C.VM_Wasi, config *WasiConfig) error {
	var failed *C.VM_Error
	err := withTexts(config.Args, func(list **C.char, count C.size_t) error {
		return check(C.VM_WasiSetArguments(raw, list, count, &failed), failed)
	})
	if err != nil {
		return err
	}
	if config.InheritEnvironment {
		if err := check(C.VM_WasiInheritEnvironment(raw, &failed), failed); err != nil {
			return err
		}
	}
	for name, value := range config.Env {
		err := withTexts([]string{name, value}, func(pair **C.char, _ C.size_t) error {
			both := unsafe.Slice(pair, 2)
			return check(C.VM_WasiAddEnvironment(raw, both[0], both[1], &failed), failed)
		})
		if err != nil {
			return err
		}
	}
	for _, directory := range config.Directories {
		rights := C.VM_WasiRights(0)
		if directory.Read {
			rights |= C.VM_WASI_READ
		}
		if directory.Write {
			rights |= C.VM_WASI_WRITE
		}
		err := withTexts([]string{directory.Host, directory.Guest}, func(pair **C.char, _ C.size_t) error {
			both := unsafe.Slice(pair, 2)
			return check(C.VM_WasiAddDirectory(raw, both[0], both[1], rights, &failed), failed)
		})
		if err != nil {
			return err
		}
	}
	if config.RandomSeed != 0 {
		if err := check(C.VM_WasiSetRandomSeed(raw, C.uint64_t(config.RandomSeed), &failed), failed); err != nil {
			return err
		}
	}
	if clock := config.Clock; clock != nil {
		if clock.Start.Before(time.Unix(0, 0)) || clock.Step < 0 {
			return failure(StatusInvalidArgument, "the clock begins before 1970, or runs backwards")
		}
		start, step := C.uint64_t(clock.Start.UnixNano()), C.uint64_t(clock.Step)
		if err := check(C.VM_WasiSetClock(raw, start, step, &failed), failed); err != nil {
			return err
		}
	}
	if config.Stdin != nil {
		if err := w.stream(raw, C.VM_WASI_STDIN, &stream{reader: config.Stdin}); err != nil {
			return err
		}
	}
	for which, writer := range map[C.VM_WasiStream]io.Writer{C.VM_WASI_STDOUT: config.Stdout, C.VM_WASI_STDERR: config.Stderr} {
		if writer == nil {
			writer = io.Discard
		}
		if err := w.stream(raw, which, &stream{writer: writer}); err != nil {
			return err
		}
	}
	return nil
}

func (w *Wasi) stream(raw *C.VM_Wasi, which C.VM_WasiStream, made *stream) error {
	number := lastNumber.Add(1)
	w.streams[number] = made
	return checkAnswer(C.libvm_go_set_stream(raw, which, C.uintptr_t(number)))
}

// Close frees the environment. Contexts that have registered it keep it.
func (w *Wasi) Close() { w.close() }

func freeWasi(raw unsafe.Pointer) { C.VM_WasiDelete((*C.VM_Wasi)(raw)) }

// RegisterWasi registers an environment, whose functions guests of WASI import.
func (c *Context) RegisterWasi(wasi *Wasi) error {
	if wasi == nil {
		return failure(StatusNullArgument, "the environment is nil")
	}
	return wasi.use(func(raw unsafe.Pointer) error {
		err := c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_ContextRegisterWasi(c.raw, (*C.VM_Wasi)(raw), failed)
		})
		if err == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.streams == nil {
				c.streams = map[uintptr]*stream{}
			}
			for number, each := range wasi.streams {
				c.streams[number] = each
			}
		}
		return err
	})
}

// RunWasiFromFile runs a program of WASI, and returns its exit code.
func (c *Context) RunWasiFromFile(path string) (exitCode int, err error) {
	var code C.int32_t
	err = withText(path, func(path *C.char) error {
		return c.run(func() C.Answer { return C.libvm_go_run_wasi(&c.anchor, c.raw, path, nil, 0, &code) })
	})
	return int(code), err
}

// RunWasi runs a program of WASI from bytes, and returns its exit code.
func (c *Context) RunWasi(data []byte) (exitCode int, err error) {
	var code C.int32_t
	err = c.run(func() C.Answer {
		return C.libvm_go_run_wasi(&c.anchor, c.raw, nil, bytesOf(data), C.size_t(len(data)), &code)
	})
	return int(code), err
}

func (c *Context) streamOf(number C.uintptr_t) *stream {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.streams[uintptr(number)]
}

// guarded runs the function of a stream. A panic ends the guest and goes on in the goroutine that called it; another failure is an input
// or output error for the guest.
func (c *Context) guarded(run func() error) (status C.VM_Status) {
	returned := false
	defer func() {
		if !returned {
			c.failWith(nil, recover())
			status = C.VM_STATUS_TRAP
		}
	}()
	err := run()
	returned = true
	if err != nil {
		_, message := failed(err)
		_ = withText(message, func(message *C.char) error {
			C.libvm_go_wasi_fail(C.VM_STATUS_IO, message)
			return nil
		})
		return C.VM_STATUS_IO
	}
	return C.VM_STATUS_OK
}

//export libvmGoWrite
func libvmGoWrite(anchor *C.uint64_t, number C.uintptr_t, data *C.uint8_t, size C.size_t, count *C.size_t) C.VM_Status {
	c := of(anchor)
	return c.guarded(func() error {
		// A copy, because writers may keep what they are passed.
		written, err := c.streamOf(number).writer.Write(append([]byte(nil), view(data, size)...))
		*count = C.size_t(written)
		return err
	})
}

//export libvmGoRead
func libvmGoRead(anchor *C.uint64_t, number C.uintptr_t, data *C.uint8_t, size C.size_t, count *C.size_t) C.VM_Status {
	c := of(anchor)
	return c.guarded(func() error {
		buffer := make([]byte, min(int(size), 1<<16))
		read, err := c.streamOf(number).reader.Read(buffer)
		*count = C.size_t(copy(view(data, size), buffer[:read]))
		if errors.Is(err, io.EOF) || read > 0 {
			return nil
		}
		return err
	})
}
