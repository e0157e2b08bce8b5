// A stream with a source, a stage and a sink of the host: go run ./stream
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"libvm"
)

// lines is a source: what it has when Next is called. It may also commit and rewind: see libvm.Committer and libvm.Rewinder.
type lines struct{ *bufio.Reader }

func (l lines) Next() (libvm.StreamEvent, error) {
	line, err := l.ReadString('\n')
	return libvm.StreamEvent{Payload: []byte(strings.TrimSuffix(line, "\n"))}, err // io.EOF is the end
}

func main() {
	engine, err := libvm.NewEngine(nil)
	check(err)
	defer engine.Close()
	vm, err := engine.NewContext()
	check(err)
	defer vm.Close()

	stream, err := vm.NewStream("words")
	check(err)
	defer stream.Close()
	check(stream.SetSource(lines{bufio.NewReader(strings.NewReader("a wide sea\nno words\n"))}))
	check(stream.AddStage("words", 0, func(caller *libvm.Caller) error {
		event, err := caller.Event()
		if err != nil {
			return err
		}
		for _, word := range strings.Fields(string(event.Payload)) {
			event.Payload = []byte(word)
			if err := caller.Emit(event); err != nil {
				return err
			}
		}
		return nil
	}))
	check(stream.AddSink("terminal", libvm.SinkFunc(func(event libvm.StreamEvent) error {
		fmt.Println(string(event.Payload))
		return nil
	})))
	check(stream.Run(context.Background()))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
