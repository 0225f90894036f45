package main

import (
	"bufio"
	"crypto/rand"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/go-logr/logr"
	"github.com/sirupsen/logrus"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime/pkg/log"
)

const (
	maxWarnings     = 100
	maxWarningBytes = 1000
)

// warnings collects what libraries write to stderr while they work: Kustomize tells of deprecated fields there and nowhere else.
type warnings struct {
	pipe *os.File
	// A line that no library can guess; it ends what belongs to one request.
	end   string
	taken chan []string
}

// captureWarnings puts a pipe in the place of stderr, and silences the loggers that speak to operators of a controller.
// What the Go runtime itself says when it dies still goes to the real one.
func captureWarnings() (*warnings, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	os.Stderr = writer
	slog.SetDefault(slog.New(slog.NewTextHandler(writer, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: withoutTime})))
	log.SetFlags(0)
	log.SetOutput(writer)
	logrus.SetOutput(io.Discard)
	logrus.SetLevel(logrus.PanicLevel) // Argo CD formats whole listings of repositories for its log
	klog.SetLogger(logr.Discard())
	ctrl.SetLogger(logr.Discard())
	w := &warnings{pipe: writer, end: rand.Text(), taken: make(chan []string)}
	go w.collect(bufio.NewReader(reader))
	return w, nil
}

// withoutTime keeps two answers to one question equal.
func withoutTime(_ []string, attribute slog.Attr) slog.Attr {
	if attribute.Key == slog.TimeKey || attribute.Key == slog.LevelKey {
		return slog.Attr{}
	}
	return attribute
}

func (w *warnings) collect(from *bufio.Reader) {
	var lines []string
	for {
		line, isPart, err := from.ReadLine()
		if err != nil {
			return
		}
		text := strings.TrimPrefix(strings.TrimSpace(string(line[:min(len(line), maxWarningBytes)])), "# ")
		for isPart && err == nil {
			_, isPart, err = from.ReadLine()
		}
		switch {
		case text == w.end:
			w.taken <- lines
			lines = nil
		case text != "" && len(lines) < maxWarnings && !slices.Contains(lines, text):
			lines = append(lines, text)
		}
	}
}

// take gives what was written since the last time.
func (w *warnings) take() []string {
	if w == nil {
		return nil
	}
	if _, err := io.WriteString(w.pipe, "\n"+w.end+"\n"); err != nil {
		return nil
	}
	return <-w.taken
}
