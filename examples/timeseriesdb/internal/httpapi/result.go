// This file has the JSON of query results, written as rows come.

package httpapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"example.com/timeseriesdb/internal/point"
	"example.com/timeseriesdb/internal/store"
)

// clientPatience is how long a client may take for one buffer of a result. A
// client that stops reading would otherwise hold its query for ever.
const clientPatience = 30 * time.Second

// errClientGone says that the client does not take the result any more.
var errClientGone = errors.New("the client is gone")

// resultWriter streams
//
//	{"measurement":"m","series":[{"tags":{"k":"v"},"points":[{"time":1,"fields":{"f":2}}]}]}
//
// Nothing is sent before the buffer is full or the result complete, so that an
// early error can still have a status of its own.
type resultWriter struct {
	out     *bufio.Writer
	client  *patientWriter
	query   queryRequest
	series  *store.Series // that is open
	written int
	line    []byte
	fields  []outputField
}

// outputField is a field whose value is JSON already.
type outputField struct {
	key  string
	json []byte
}

func newResultWriter(w http.ResponseWriter, q queryRequest) *resultWriter {
	w.Header().Set("Content-Type", "application/json")
	client := &patientWriter{w, http.NewResponseController(w)}
	return &resultWriter{client: client, out: bufio.NewWriterSize(client, 32<<10), query: q}
}

// patientWriter gives each write its own deadline.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// relax ends the deadline, which would otherwise hit the next request on the
// same connection.
func (w *patientWriter) relax() { _ = w.control.SetWriteDeadline(time.Time{}) }

func (w *patientWriter) Write(p []byte) (int, error) {
	// Test recorders have no deadlines; then there is no slow client either.
	_ = w.control.SetWriteDeadline(time.Now().Add(clientPatience))
	n, err := w.ResponseWriter.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errClientGone, err)
	}
	return n, err
}

// row implements rowSink for raw points.
func (r *resultWriter) row(series *store.Series, row store.Row) error {
	if len(r.fields) < len(row.Fields) {
		r.fields = append(r.fields, make([]outputField, len(row.Fields)-len(r.fields))...)
	}
	fields := r.fields[:len(row.Fields)]
	for i, field := range row.Fields {
		fields[i].key = field.Key
		fields[i].json = appendValue(fields[i].json[:0], field.Value)
	}
	return r.write(series, row.Time, fields)
}

// write adds one point; errEnough says that it was the last one wanted.
func (r *resultWriter) write(series *store.Series, time int64, fields []outputField) error {
	line := r.line[:0]
	switch {
	case r.written == 0:
		line = appendHead(line, r.query)
		line = appendSeriesHead(line, series)
	case r.series != series:
		line = append(line, "]},"...)
		line = appendSeriesHead(line, series)
	default:
		line = append(line, ',')
	}
	line = appendPoint(line, time, fields)
	r.series, r.line = series, line
	r.written++
	if _, err := r.out.Write(line); err != nil {
		return err
	}
	if r.written == r.query.limit {
		return errEnough
	}
	return nil
}

// end completes the result.
func (r *resultWriter) end() error {
	tail := []byte("]}]}\n")
	if r.written == 0 {
		tail = append(appendHead(nil, r.query), "]}\n"...)
	}
	if _, err := r.out.Write(tail); err != nil {
		return err
	}
	err := r.out.Flush()
	r.client.relax()
	return err
}

func appendHead(dst []byte, q queryRequest) []byte {
	dst = append(dst, `{"measurement":`...)
	dst = appendString(dst, q.Measurement)
	if q.fn != "" {
		dst = append(dst, `,"fn":`...)
		dst = appendString(dst, q.fn)
	}
	if q.window > 0 {
		dst = append(dst, `,"window":`...)
		dst = strconv.AppendInt(dst, int64(q.window), 10)
	}
	return append(dst, `,"series":[`...)
}

func appendSeriesHead(dst []byte, series *store.Series) []byte {
	dst = append(dst, `{"tags":{`...)
	for i, tag := range series.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, tag.Key)
		dst = append(dst, ':')
		dst = appendString(dst, tag.Value)
	}
	return append(dst, `},"points":[`...)
}

func appendPoint(dst []byte, time int64, fields []outputField) []byte {
	dst = append(dst, `{"time":`...)
	dst = strconv.AppendInt(dst, time, 10)
	dst = append(dst, `,"fields":{`...)
	for i, field := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, field.key)
		dst = append(dst, ':')
		dst = append(dst, field.json...)
	}
	return append(dst, "}}"...)
}

// appendValue appends a value as JSON. Integers are written in full: whether
// they survive is then up to the JSON reader of the client.
func appendValue(dst []byte, value point.Value) []byte {
	switch value.Kind() {
	case point.Float:
		return appendFloat(dst, value.Float())
	case point.Int:
		return strconv.AppendInt(dst, value.Int(), 10)
	case point.Uint:
		return strconv.AppendUint(dst, value.Uint(), 10)
	case point.Bool:
		return strconv.AppendBool(dst, value.Bool())
	}
	return appendString(dst, value.Text())
}

// appendFloat appends the shortest number that reads back the same. A sum can
// leave the range of floats, for which JSON has only null.
func appendFloat(dst []byte, v float64) []byte {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// appendString appends a JSON string.
func appendString(dst []byte, text string) []byte {
	if !plain(text) {
		quoted, _ := json.Marshal(text) // a string cannot fail
		return append(dst, quoted...)
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

// plain reports whether text is its own JSON form.
func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
