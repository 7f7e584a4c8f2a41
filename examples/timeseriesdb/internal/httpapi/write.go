// This file has POST /write.

package httpapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"example.com/timeseriesdb/internal/lineprotocol"
	"example.com/timeseriesdb/internal/store"
)

// Bounds of what a workspace in the pool may keep: elements of the arrays of its
// parser, and bytes of its buffer.
const (
	keptElements = 1 << 17
	keptBytes    = 4 << 20
)

// workspace is the memory that a write works with; the pool hands it from one
// request to the next.
type workspace struct {
	parser *lineprotocol.Parser
	body   bytes.Buffer
}

// write parses the body and stores its points, all or none.
func (a *API) write(w http.ResponseWriter, r *http.Request) error {
	if a.draining.Load() {
		w.Header().Set("Connection", "close")
		return failure(http.StatusServiceUnavailable, "the server is shutting down; nothing was stored, write again later")
	}
	precision, err := writePrecision(r.URL.RawQuery)
	if err != nil {
		return err
	}
	d := a.takeWorkspace()
	defer a.giveWorkspace(d)
	text, err := a.readBody(w, r, &d.body)
	if err != nil {
		return err
	}
	points, err := d.parser.Parse(text, lineprotocol.Options{Precision: precision, Now: a.options.Now().UnixNano()})
	if err != nil {
		return parseFailure(err)
	}
	if err := a.options.Store.Write(points); err != nil {
		var refused *store.RefusedError
		if errors.As(err, &refused) {
			return &apiError{http.StatusUnprocessableEntity, refused.Reason, points[refused.Index].Line}
		}
		return storeFailure(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// writePrecision reads the parameters of a write. Those that tell InfluxDB
// where to write are accepted and mean nothing here.
func writePrecision(rawQuery string) (int64, error) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, failure(http.StatusBadRequest, "query string %q: %v", rawQuery, err)
	}
	precision := int64(1)
	for name, given := range values {
		switch name {
		case "precision":
			if precision, err = precisionOf(given); err != nil {
				return 0, err
			}
		case "db", "rp", "org", "bucket", "consistency":
		default:
			return 0, failure(http.StatusBadRequest, "unknown parameter %q, want precision", name)
		}
	}
	return precision, nil
}

// precisionOf returns a unit of timestamps in nanoseconds.
func precisionOf(given []string) (int64, error) {
	units := map[string]int64{"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
	if unit, ok := units[given[0]]; ok && len(given) == 1 {
		return unit, nil
	}
	return 0, failure(http.StatusBadRequest, "precision is %q, want one of ns, us, ms, s", strings.Join(given, "&"))
}

// readBody returns the body, decompressed, if it is not too large.
func (a *API) readBody(w http.ResponseWriter, r *http.Request, buffer *bytes.Buffer) (string, error) {
	limit := a.options.MaxBodyBytes
	if r.ContentLength > limit {
		return "", tooLarge(limit)
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, limit)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return "", bodyFailure(err, limit)
		}
		body = unzipped
	default:
		return "", failure(http.StatusUnsupportedMediaType, "content encoding %q, want gzip or none", encoding)
	}
	buffer.Reset()
	n, err := buffer.ReadFrom(io.LimitReader(body, limit+1))
	if err != nil {
		return "", bodyFailure(err, limit)
	}
	if n > limit {
		return "", tooLarge(limit)
	}
	return buffer.String(), nil
}

func tooLarge(limit int64) error {
	return failure(http.StatusRequestEntityTooLarge, "body is larger than %d bytes; send smaller batches or raise max-body-bytes", limit)
}

func bodyFailure(err error, limit int64) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge(limit)
	}
	return failure(http.StatusBadRequest, "body cannot be read: %v", err)
}

// parseFailure is the answer to a line that was refused.
func parseFailure(err error) error {
	var refused *lineprotocol.Error
	if !errors.As(err, &refused) {
		return err
	}
	status := http.StatusBadRequest
	if refused.Limit {
		status = http.StatusUnprocessableEntity
	}
	return &apiError{status, refused.Reason, refused.Line}
}

// storeFailure is the answer when the store cannot take a write.
func storeFailure(err error) error {
	if errors.Is(err, store.ErrClosed) || errors.Is(err, store.ErrNotStored) {
		return failure(http.StatusServiceUnavailable, "%v; write again later", err)
	}
	return err
}

func (a *API) takeWorkspace() *workspace {
	if d, ok := a.workspaces.Get().(*workspace); ok {
		return d
	}
	return &workspace{parser: lineprotocol.NewParser(a.options.Limits)}
}

func (a *API) giveWorkspace(d *workspace) {
	if d.parser.Capacity() <= keptElements && d.body.Cap() <= keptBytes {
		d.parser.Reset() // lets go of the text
		a.workspaces.Put(d)
	}
}
