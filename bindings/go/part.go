package libvm

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
	"unsafe"
)

// StreamEvent is an event of a stream.
type StreamEvent struct {
	Payload   []byte
	Timestamp time.Time         // the zero value from a source: the time of its arrival
	Metadata  map[string]string // may be nil
	Position  uint64            // the source's number of the event, for Committer and Rewinder
}

// Source produces the events of a stream when it is asked for them. It may also be a PartOpener, Committer, Rewinder and io.Closer. Its
// methods are called one at a time, by the goroutine that runs the stream.
type Source interface {
	// Next returns the next event, and io.EOF if there is none any more. It does not wait: it fails with StatusWouldBlock if there is no
	// event now, and is called again after StreamPart.Notify, at the latest after a short time.
	Next() (StreamEvent, error)
}

// PushSource produces events by itself. It may also be a PartOpener, Committer, Rewinder and io.Closer, whose methods are called by the
// goroutine that runs the stream.
type PushSource interface {
	// Run emits the events, in a goroutine of its own, until there are no more, or ctx is done: the source is then stopped. emit waits
	// while the queue of the stream is full, and fails with StatusStale when the source is stopped. nil is the end of the events; another
	// error ends the stream, unless ctx is done.
	Run(ctx context.Context, emit func(StreamEvent) error) error
}

// Sink receives the events of a stream. It may also be a PartOpener, Flusher and io.Closer. Its methods are called one at a time, by the
// goroutine that runs the stream.
type Sink interface {
	// Write takes an event. It does not wait: with StatusWouldBlock it takes none now, and is called again as Source.Next. Another error
	// is subject to the error policy.
	Write(event StreamEvent) error
}

// SourceFunc is a function as a Source.
type SourceFunc func() (StreamEvent, error)

// Next calls the function.
func (f SourceFunc) Next() (StreamEvent, error) { return f() }

// PushSourceFunc is a function as a PushSource.
type PushSourceFunc func(ctx context.Context, emit func(StreamEvent) error) error

// Run calls the function.
func (f PushSourceFunc) Run(ctx context.Context, emit func(StreamEvent) error) error {
	return f(ctx, emit)
}

// SinkFunc is a function as a Sink.
type SinkFunc func(event StreamEvent) error

// Write calls the function.
func (f SinkFunc) Write(event StreamEvent) error { return f(event) }

// PartOpener is a source or sink that is told when its stream opens it, in the first run.
type PartOpener interface {
	OpenPart(part *StreamPart) error
}

// Committer is a source that is told which events were acknowledged: all up to the one with the position.
type Committer interface {
	Commit(position uint64) error
}

// Rewinder is a source that can continue after a position: that of an event, PositionCommitted or PositionBeginning.
type Rewinder interface {
	Rewind(position uint64) error
}

// Flusher is a sink that acknowledges events when it is flushed, and not when it takes them.
type Flusher interface {
	Flush() error
}

// StreamPartState is the state of a source or sink.
type StreamPartState uint32

// The states of sources and sinks.
const (
	PartOpened       StreamPartState = C.VM_STREAM_PART_OPENED       // It has set no state.
	PartConnecting   StreamPartState = C.VM_STREAM_PART_CONNECTING   // It is establishing its connection.
	PartConnected    StreamPartState = C.VM_STREAM_PART_CONNECTED    // It works.
	PartDisconnected StreamPartState = C.VM_STREAM_PART_DISCONNECTED // It has lost its connection, and tries to establish it again.
	PartFailed       StreamPartState = C.VM_STREAM_PART_FAILED       // It has failed; set by libvm.
	PartClosed       StreamPartState = C.VM_STREAM_PART_CLOSED       // It was closed; set by libvm.
)

// StreamPart is the stream as one of its sources and sinks sees it. It may be used by any goroutine at any time; its methods fail with
// StatusStale when the part was closed.
type StreamPart struct {
	Stream, Name string
	raw          C.VM_StreamPart
}

// Notify makes the stream ask a source or sink again that has failed with StatusWouldBlock.
func (p *StreamPart) Notify() error { return check(C.libvm_go_notify(&p.raw), nil) }

// SetState sets the state, PartConnecting, PartConnected or PartDisconnected, with details for people.
func (p *StreamPart) SetState(state StreamPartState, details string) error {
	return withText(details, func(details *C.char) error {
		return check(C.libvm_go_set_part_state(&p.raw, C.VM_StreamPartState(state), details), nil)
	})
}

// ReportReconnect reports that a lost connection is established again, with details for people.
func (p *StreamPart) ReportReconnect(details string) error {
	return withText(details, func(details *C.char) error { return check(C.libvm_go_report_reconnect(&p.raw, details), nil) })
}

// part is a source or sink of a stream.
type part struct {
	object any
	has    C.uint32_t
	opened *StreamPart
}

func wrongPart(object any, is string) error {
	return failure(StatusWrongType, fmt.Sprintf("a %T is %s", object, is))
}

// withContent passes an event to C.
func (e *StreamEvent) withContent(run func(data *C.uint8_t, content *C.EventContent) C.VM_Status) error {
	strings := make([]string, 0, 2*len(e.Metadata))
	for _, key := range sortedKeys(e.Metadata) {
		strings = append(strings, key, e.Metadata[key])
	}
	return withTexts(strings, func(list **C.char, count C.size_t) error {
		content := C.EventContent{size: C.size_t(len(e.Payload)), position: C.uint64_t(e.Position), strings: list, string_count: count}
		if !e.Timestamp.IsZero() {
			content.timestamp = C.int64_t(e.Timestamp.UnixNano())
		}
		return check(run(bytesOf(e.Payload), &content), nil)
	})
}

// eventOf copies an event of C.
func eventOf(raw *C.VM_StreamEvent) StreamEvent {
	made := StreamEvent{
		Payload: append([]byte{}, view(raw.payload.data, raw.payload.size)...), Position: uint64(raw.position),
		Timestamp: time.Unix(0, int64(raw.timestamp)),
	}
	if raw.metadata_count > 0 {
		made.Metadata = make(map[string]string, raw.metadata_count)
	}
	for _, field := range unsafe.Slice(raw.metadata, raw.metadata_count) {
		made.Metadata[C.GoString(field.key)] = C.GoString(field.value)
	}
	return made
}

// Event returns the event that a stage of a stream handles: in a stage of Go, or a host function that the guest of a stage calls.
func (c *Caller) Event() (StreamEvent, error) {
	if c.raw == nil {
		return StreamEvent{}, errReturned
	}
	var raw C.VM_StreamEvent
	if err := check(C.libvm_go_get_event(c.raw, &raw), nil); err != nil {
		return StreamEvent{}, err
	}
	return eventOf(&raw), nil
}

// NextEvent continues with the next event in a stage that handles several in one call (StageBatched), and returns whether there is one.
func (c *Caller) NextEvent() (bool, error) {
	if c.raw == nil {
		return false, errReturned
	}
	var isNext C.bool
	err := check(C.libvm_go_next_event(c.raw, &isNext), nil)
	return bool(isNext), err
}

// Emit emits an event from a stage. It has the time of the one that is handled if it has none; its position is ignored.
func (c *Caller) Emit(event StreamEvent) error {
	if c.raw == nil {
		return errReturned
	}
	return event.withContent(func(data *C.uint8_t, content *C.EventContent) C.VM_Status {
		return C.libvm_go_emit_event(c.raw, data, content)
	})
}

// call runs a method of a source or sink. Its error is the failure of the part; a panic ends the run, and goes on in the goroutine that
// runs the stream.
func (s *Stream) call(raw *C.Part, run func(*part) error) (status C.VM_Status) {
	s.mu.Lock()
	found := s.parts[uintptr(raw.number)]
	s.mu.Unlock()
	returned := false
	fail := func(err error, panicked any) C.VM_Status {
		answer := C.VM_Status(C.VM_STATUS_TRAP)
		status, message := failed(err)
		_ = withText(message, func(message *C.char) error {
			answer = C.libvm_go_part_fail(raw, C.VM_Status(status), message)
			return nil
		})
		if panicked != nil {
			s.context.failWith(nil, panicked)
			C.VM_StreamStop(s.raw, nil)
		} else {
			s.context.failWith(err, nil)
		}
		return answer
	}
	defer func() {
		if !returned {
			panicked := recover()
			status = fail(failure(StatusTrap, fmt.Sprintf("it panicked: %v", panicked)), panicked)
		}
	}()
	err := run(found)
	returned = true
	switch {
	case err == nil:
		return C.VM_STATUS_OK
	case errors.Is(err, io.EOF):
		return C.VM_STATUS_COMPLETE
	case statusOf(err) == StatusWouldBlock:
		return C.VM_STATUS_WOULD_BLOCK
	default:
		return fail(err, nil)
	}
}

// notEOF keeps io.EOF from being the end of a source where it is none.
func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return failure(StatusIO, err.Error())
	}
	return err
}

func streamOf(anchor *C.uint64_t) *Stream { return (*Stream)(unsafe.Pointer(anchor)) }

//export libvmGoOpen
func libvmGoOpen(anchor *C.uint64_t, raw *C.Part) C.VM_Status {
	return streamOf(anchor).call(raw, func(p *part) error {
		p.opened = &StreamPart{Stream: text(raw.part.stream), Name: text(raw.part.name), raw: raw.part}
		if opener, ok := p.object.(PartOpener); ok {
			return notEOF(opener.OpenPart(p.opened))
		}
		return nil
	})
}

//export libvmGoClose
func libvmGoClose(anchor *C.uint64_t, raw *C.Part) {
	streamOf(anchor).call(raw, func(p *part) error {
		if closer, ok := p.object.(io.Closer); ok {
			_ = closer.Close() // nothing can fail any more
		}
		return nil
	})
}

//export libvmGoPull
func libvmGoPull(anchor *C.uint64_t, raw *C.Part, to *C.VM_StreamEvent) C.VM_Status {
	return streamOf(anchor).call(raw, func(p *part) error {
		event, err := p.object.(Source).Next()
		if err != nil {
			return err
		}
		return event.withContent(func(data *C.uint8_t, content *C.EventContent) C.VM_Status {
			return C.libvm_go_fill_event(raw, to, data, content)
		})
	})
}

//export libvmGoWriteEvent
func libvmGoWriteEvent(anchor *C.uint64_t, raw *C.Part, event *C.VM_StreamEvent) C.VM_Status {
	return streamOf(anchor).call(raw, func(p *part) error { return notEOF(p.object.(Sink).Write(eventOf(event))) })
}

//export libvmGoFlush
func libvmGoFlush(anchor *C.uint64_t, raw *C.Part) C.VM_Status {
	return streamOf(anchor).call(raw, func(p *part) error { return notEOF(p.object.(Flusher).Flush()) })
}

//export libvmGoCommit
func libvmGoCommit(anchor *C.uint64_t, raw *C.Part, position C.uint64_t) C.VM_Status {
	return streamOf(anchor).call(raw, func(p *part) error { return notEOF(p.object.(Committer).Commit(uint64(position))) })
}

//export libvmGoRewind
func libvmGoRewind(anchor *C.uint64_t, raw *C.Part, position C.uint64_t) C.VM_Status {
	return streamOf(anchor).call(raw, func(p *part) error { return notEOF(p.object.(Rewinder).Rewind(uint64(position))) })
}

// pushing is a push source that runs.
type pushing struct {
	cancel context.CancelFunc
	done   chan struct{}
}

var pushingSources sync.Map // of *pushing, by number

//export libvmGoStart
func libvmGoStart(anchor *C.uint64_t, raw *C.Part) C.VM_Status {
	s := streamOf(anchor)
	number := uintptr(raw.number)
	return s.call(raw, func(p *part) error {
		ctx, cancel := context.WithCancel(context.Background())
		made := &pushing{cancel, make(chan struct{})}
		pushingSources.Store(number, made)
		go func() {
			defer close(made.done)
			defer cancel()
			s.push(ctx, p)
		}()
		return nil
	})
}

// push runs a push source to its end.
func (s *Stream) push(ctx context.Context, p *part) {
	end := func(err error) {
		status, message := StatusOK, ""
		if err != nil {
			s.context.failWith(err, nil)
			status, message = failed(err)
		}
		_ = withText(message, func(message *C.char) error {
			C.libvm_go_end(&p.opened.raw, C.VM_Status(status), message)
			return nil
		})
	}
	returned := false
	defer func() {
		if !returned {
			panicked := recover()
			s.context.failWith(nil, panicked)
			end(failure(StatusTrap, fmt.Sprintf("it panicked: %v", panicked)))
		}
	}()
	err := p.object.(PushSource).Run(ctx, func(event StreamEvent) error {
		return event.withContent(func(data *C.uint8_t, content *C.EventContent) C.VM_Status {
			return C.libvm_go_emit(&p.opened.raw, data, content)
		})
	})
	returned = true
	if ctx.Err() == nil {
		end(err)
	}
}

//export libvmGoStop
func libvmGoStop(number C.uintptr_t, wait C.bool) {
	if found, ok := pushingSources.LoadAndDelete(uintptr(number)); ok {
		found.(*pushing).cancel()
		if wait { // not in the goroutine of finalizers
			<-found.(*pushing).done
		}
	}
}
