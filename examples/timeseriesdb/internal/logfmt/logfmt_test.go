// This file tests the form of log lines.

package logfmt

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLinesAreOneLineEachAndCanBeTakenApart(t *testing.T) {
	var out strings.Builder
	log := New(&out, func() time.Time { return time.Date(2026, 11, 25, 10, 0, 0, 5e6, time.UTC) })

	log.Info("listening", "addr", "127.0.0.1:80", "n", 3)
	log.Warn("slow", "cause", errors.New("two\nlines"), "empty", "", "quoted", `a "b"`, "pair", "a=b")
	_, _ = log.Writer("http").Write([]byte("text of net/http\n"))

	want := "2026-11-25T10:00:00.005Z INFO listening addr=127.0.0.1:80 n=3\n" +
		`2026-11-25T10:00:00.005Z WARN slow cause="two\nlines" empty="" quoted="a \"b\"" pair="a=b"` + "\n" +
		`2026-11-25T10:00:00.005Z WARN http text="text of net/http"` + "\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestNilLoggerIsSilent(t *testing.T) {
	var log *Logger

	log.Error("nobody hears this")
}
