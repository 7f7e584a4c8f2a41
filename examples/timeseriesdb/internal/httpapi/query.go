// This file has GET /query: parameters, and the walk over the rows.

package httpapi

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/timeseriesdb/internal/point"
	"example.com/timeseriesdb/internal/store"
)

// queryRequest is a query as asked for.
type queryRequest struct {
	store.Query
	fn       string        // "" for raw points
	window   time.Duration // 0 for one window over all
	limit    int           // 0 for no limit
	hasStart bool
}

// errEnough stops the walk when the limit is reached.
var errEnough = errors.New("enough rows")

// query streams the points or aggregates that a request asks for.
func (a *API) query(w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	if err := a.checkKind(q); err != nil {
		return err
	}
	out := newResultWriter(w, q)
	var sink rowSink = out
	if q.fn != "" {
		sink = newAggregator(q, out)
	}
	err = a.options.Store.Select(r.Context(), q.Query, sink.row)
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return sink.end()
}

// rowSink takes rows in the order of series and time.
type rowSink interface {
	row(series *store.Series, row store.Row) error
	end() error
}

// checkKind refuses arithmetic on a field that has none.
func (a *API) checkKind(q queryRequest) error {
	if q.fn == "" || q.fn == "count" || q.Field == "" {
		return nil
	}
	kind, known := a.options.Store.FieldKind(q.Measurement, q.Field)
	if known && !kind.Numeric() {
		return failure(http.StatusBadRequest, "fn is %q, but field %q has kind %s; want fn=count or a numeric field", q.fn, q.Field, kind)
	}
	return nil
}

// parseQuery reads the parameters of a query. Unknown and repeated ones are
// refused, since a misspelt filter that is ignored gives wrong numbers.
func parseQuery(rawQuery string) (queryRequest, error) {
	q := queryRequest{Query: store.Query{Start: math.MinInt64, End: math.MaxInt64}}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return q, failure(http.StatusBadRequest, "query string %q: %v", rawQuery, err)
	}
	for name, given := range values {
		if len(given) != 1 {
			return q, failure(http.StatusBadRequest, "parameter %q is given %d times, want it once", name, len(given))
		}
		if err := q.set(name, given[0]); err != nil {
			return q, err
		}
	}
	return q, q.check()
}

// set takes one parameter.
func (q *queryRequest) set(name, value string) (err error) {
	if value == "" {
		return failure(http.StatusBadRequest, "parameter %q is empty, want a value or no parameter", name)
	}
	switch name {
	case "measurement":
		q.Measurement = value
	case "field":
		q.Field = value
	case "start":
		q.Start, err = nanoseconds(name, value)
		q.hasStart = true
	case "end":
		q.End, err = nanoseconds(name, value)
	case "fn":
		q.fn, err = function(value)
	case "window":
		q.window, err = windowOf(value)
	case "limit":
		q.limit, err = limitOf(value)
	default:
		key, isTag := strings.CutPrefix(name, "tag.")
		if !isTag || key == "" {
			return failure(http.StatusBadRequest,
				"unknown parameter %q, want measurement, tag.KEY, field, start, end, fn, window or limit", name)
		}
		q.Tags = append(q.Tags, point.Tag{Key: key, Value: value})
	}
	return err
}

// check refuses parameters that do not fit together.
func (q *queryRequest) check() error {
	switch {
	case q.Measurement == "":
		return failure(http.StatusBadRequest, "parameter \"measurement\" is missing, want measurement=NAME")
	case q.Start > q.End:
		return failure(http.StatusBadRequest, "start %d lies behind end %d, want start <= end", q.Start, q.End)
	case q.window != 0 && q.fn == "":
		return failure(http.StatusBadRequest, "window is %q without fn, want fn=count, sum, min, max or mean", q.window)
	}
	return nil
}

func nanoseconds(name, value string) (int64, error) {
	t, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, failure(http.StatusBadRequest, "%s is %q, want nanoseconds since 1970 as an integer of 64 bits", name, value)
	}
	return t, nil
}

func function(value string) (string, error) {
	switch value {
	case "count", "sum", "min", "max", "mean":
		return value, nil
	}
	return "", failure(http.StatusBadRequest, "fn is %q, want one of count, sum, min, max, mean", value)
}

func windowOf(value string) (time.Duration, error) {
	window, err := time.ParseDuration(value)
	if err != nil || window <= 0 {
		return 0, failure(http.StatusBadRequest, "window is %q, want a positive duration such as 10s or 1h30m", value)
	}
	return window, nil
}

func limitOf(value string) (int, error) {
	limit, err := strconv.Atoi(value)
	if err != nil || limit <= 0 {
		return 0, failure(http.StatusBadRequest, "limit is %q, want a positive integer", value)
	}
	return limit, nil
}
