// This file has the errors that clients get, and JSON answers.

package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an answer that says what was wrong with a request.
type apiError struct {
	status int
	Reason string `json:"error"`
	Line   int    `json:"line,omitempty"`
}

// Error implements error.
func (e *apiError) Error() string { return e.Reason }

func failure(status int, format string, args ...any) *apiError {
	return &apiError{status: status, Reason: fmt.Sprintf(format, args...)}
}

// writeJSON answers with a small value.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("httpapi: marshal %T: %v", value, err)) // only our own types come here
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that is gone does not need the answer.
	_, _ = w.Write(append(body, '\n'))
}
