// Package logfmt writes log lines that people and machines can read:
//
//	2026-01-02T15:04:05.000Z INFO listening addr=127.0.0.1:8086
package logfmt

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Logger writes lines to one writer. A nil Logger writes nothing. It is safe
// for concurrent use.
type Logger struct {
	mu  sync.Mutex
	out io.Writer
	now func() time.Time
}

// New returns a logger that stamps lines with the time that now returns.
func New(out io.Writer, now func() time.Time) *Logger { return &Logger{out: out, now: now} }

// Info logs what an operator may like to know; pairs are keys and values.
func (l *Logger) Info(message string, pairs ...any) { l.write("INFO", message, pairs) }

// Warn logs what an operator should look at some time.
func (l *Logger) Warn(message string, pairs ...any) { l.write("WARN", message, pairs) }

// Error logs what an operator has to act on.
func (l *Logger) Error(message string, pairs ...any) { l.write("ERROR", message, pairs) }

func (l *Logger) write(level, message string, pairs []any) {
	if l == nil {
		return
	}
	var line strings.Builder
	line.WriteString(l.now().UTC().Format("2006-01-02T15:04:05.000Z"))
	line.WriteString(" " + level + " " + strings.ReplaceAll(message, "\n", " "))
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&line, " %v=%s", pairs[i], quote(fmt.Sprint(pairs[i+1])))
	}
	line.WriteByte('\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.out, line.String()) // there is nowhere to report a broken log to
}

// quote puts a value in quotes when it would not end where it seems to.
func quote(value string) string {
	if value == "" || strings.ContainsAny(value, " =\"") || strconv.Quote(value) != `"`+value+`"` {
		return strconv.Quote(value)
	}
	return value
}

// Writer returns a writer for programs that log lines of text themselves, such
// as net/http; each write becomes a WARN line.
func (l *Logger) Writer(message string) io.Writer { return lineWriter{l, message} }

type lineWriter struct {
	logger  *Logger
	message string
}

func (w lineWriter) Write(p []byte) (int, error) {
	w.logger.Warn(w.message, "text", strings.TrimSpace(string(p)))
	return len(p), nil
}
