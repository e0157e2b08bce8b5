package libvm

// #include "shim.h"
import "C"

import (
	"errors"
	"io"
)

// RecordToFile records the calls of the context to a file, from its first instance on: what comes from the host, so that a replay needs
// none of its functions. If the file cannot be written, StopRecording returns why.
func (c *Context) RecordToFile(path string) error {
	return withText(path, func(path *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextRecordToFile(c.raw, path, failed) })
	})
}

// Record records like RecordToFile, to a writer, which is used until StopRecording, Reset or Close.
func (c *Context) Record(to io.Writer) error {
	if to == nil {
		return failure(StatusNullArgument, "the writer is nil")
	}
	c.mu.Lock()
	before := c.recording
	c.recording, c.recordingFailed = to, nil
	c.mu.Unlock()
	return c.recorded(func() error {
		return c.run(func() C.Answer { return C.libvm_go_record(&c.anchor, c.raw) })
	}, before)
}

// recorded restores the writer if a recording could not begin.
func (c *Context) recorded(begin func() error, before io.Writer) error {
	err := begin()
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.recording = before
	}
	return err
}

// ReplayFromFile replays a recording: the host makes the same calls, and imported functions do what the recording says. A call that
// differs fails with StatusReplayDiffers.
func (c *Context) ReplayFromFile(path string) error {
	return withText(path, func(path *C.char) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextReplayFromFile(c.raw, path, failed) })
	})
}

// Replay replays a recording from bytes.
func (c *Context) Replay(data []byte) error {
	return c.do(func(failed **C.VM_Error) C.VM_Status {
		return C.VM_ContextReplayFromBuffer(c.raw, bytesOf(data), C.size_t(len(data)), failed)
	})
}

// StopRecording ends a recording, which is then complete, or a replay. Its error has that of the writer in its chain.
func (c *Context) StopRecording() error {
	err := c.run(func() C.Answer { return C.libvm_go_stop_recording(&c.anchor, c.raw) })
	c.mu.Lock()
	defer c.mu.Unlock()
	var made *Error
	if errors.As(err, &made) && made.cause == nil {
		made.cause = c.recordingFailed
	}
	c.recording, c.recordingFailed = nil, nil
	return err
}

//export libvmGoRecord
func libvmGoRecord(anchor *C.uint64_t, data *C.uint8_t, size C.size_t) (status C.VM_Status) {
	c := of(anchor)
	c.mu.RLock()
	to := c.recording
	c.mu.RUnlock()
	status = C.VM_STATUS_IO // after a panic
	c.observe(func() {
		if to == nil {
			return
		}
		// A copy, because writers may keep what they are passed.
		if _, err := to.Write(append([]byte(nil), view(data, size)...)); err != nil {
			c.mu.Lock()
			c.recordingFailed = err
			c.mu.Unlock()
			return
		}
		status = C.VM_STATUS_OK
	})
	return status
}
