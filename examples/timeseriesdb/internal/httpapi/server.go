// Package httpapi serves the store over HTTP: /write, /query, /health, /metrics.
package httpapi

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"example.com/timeseriesdb/internal/lineprotocol"
	"example.com/timeseriesdb/internal/logfmt"
	"example.com/timeseriesdb/internal/store"
)

// BuildInfo says which program is running.
type BuildInfo struct {
	Version   string // as tagged
	Revision  string // of the source
	GoVersion string
}

// Options configures an API. Store is required.
type Options struct {
	Store *store.Store
	Build BuildInfo
	// MaxBodyBytes bounds the body of a write, after decompression as well.
	MaxBodyBytes int64
	// Limits bounds the points of a write.
	Limits lineprotocol.Limits
	// Now is the clock for points without timestamp.
	Now func() time.Time
	// Log receives failures that the client cannot be told about.
	Log *logfmt.Logger
}

// API is the HTTP handler.
type API struct {
	options    Options
	mux        *http.ServeMux
	workspaces sync.Pool // of *workspace
	draining   atomic.Bool
	requests   requestCounts
}

// New returns the handler of a store.
func New(options Options) *API {
	api := &API{options: options, mux: http.NewServeMux()}
	api.handle("/write", http.MethodPost, api.write)
	api.handle("/query", http.MethodGet, api.query)
	api.handle("/health", http.MethodGet, api.health)
	api.handle("/metrics", http.MethodGet, api.metrics)
	api.mux.HandleFunc("/", api.counted("other", func(w http.ResponseWriter, r *http.Request) error {
		return failure(http.StatusNotFound, "no such path %q, want /write, /query, /health or /metrics", r.URL.Path)
	}))
	return api
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Drain makes the API refuse new writes with 503, as the program is about to
// end. Requests that run already are finished.
func (a *API) Drain() { a.draining.Store(true) }

// handler serves a request, or returns the error to answer with.
type handler func(w http.ResponseWriter, r *http.Request) error

func (a *API) handle(path, method string, serve handler) {
	a.mux.HandleFunc(path, a.counted(path, func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != method && !(method == http.MethodGet && r.Method == http.MethodHead) {
			w.Header().Set("Allow", method)
			return failure(http.StatusMethodNotAllowed, "method %s on %s, want %s", r.Method, path, method)
		}
		return serve(w, r)
	}))
}

// counted answers with the error of a handler, and counts the answer.
func (a *API) counted(path string, serve handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { a.requests.add(path, answer.status) }()
		if err := serve(answer, r); err != nil {
			a.fail(answer, r, err)
		}
	}
}

// statusClientGone counts requests whose client did not wait for the answer,
// by the number that nginx uses for them.
const statusClientGone = 499

// fail answers with an error.
func (a *API) fail(w *countingWriter, r *http.Request, err error) {
	if errors.Is(err, errClientGone) || r.Context().Err() != nil {
		w.status = statusClientGone
		panic(http.ErrAbortHandler)
	}
	if w.started {
		// The status is out. Breaking the connection is the only way left to
		// keep the client from taking a part for the whole.
		a.options.Log.Error("answer broken off", "path", r.URL.Path, "cause", err)
		w.status = http.StatusInternalServerError
		panic(http.ErrAbortHandler)
	}
	var known *apiError
	if !errors.As(err, &known) {
		a.options.Log.Error("request failed", "path", r.URL.Path, "cause", err)
		known = failure(http.StatusInternalServerError, "%v", err)
	}
	if known.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, known.status, known)
}

// countingWriter notes the status of an answer.
type countingWriter struct {
	http.ResponseWriter
	status  int
	started bool
}

func (w *countingWriter) WriteHeader(status int) {
	w.status, w.started = status, true
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.started = true
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
