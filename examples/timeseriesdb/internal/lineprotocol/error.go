// This file has the error for input that is refused.

package lineprotocol

import (
	"fmt"
	"strings"
)

// Error says which line was refused and why.
type Error struct {
	Line   int    // from 1
	Reason string // value, place and wish, as one sentence part
	Limit  bool   // the line is well formed but larger than allowed
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

func syntaxError(line int, format string, args ...any) error {
	return &Error{Line: line, Reason: fmt.Sprintf(format, args...)}
}

func limitError(line int, format string, args ...any) error {
	return &Error{Line: line, Reason: fmt.Sprintf(format, args...), Limit: true}
}

// clip shortens input for a message, in whole characters.
func clip(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
