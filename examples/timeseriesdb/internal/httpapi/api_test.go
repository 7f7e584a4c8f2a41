// This file tests the HTTP interface through its handler.

package httpapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/disk/simdisk"
	"example.com/timeseriesdb/internal/lineprotocol"
	"example.com/timeseriesdb/internal/logfmt"
	"example.com/timeseriesdb/internal/store"
)

// server is an API over a store on a simulated disk.
type server struct {
	t    testing.TB
	api  *API
	disk *simdisk.Disk
	db   *store.Store
}

func newServer(t testing.TB) *server {
	t.Helper()
	d := simdisk.New()
	db := openStore(t, d, "data", store.Options{MaxSeries: 5})
	api := New(Options{
		Store: db, Build: BuildInfo{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.20"}, MaxBodyBytes: 1000,
		Limits: lineprotocol.Limits{Tags: 3, Fields: 3, NameBytes: 50, StringBytes: 50},
		Now:    func() time.Time { return time.Unix(0, 77) },
	})
	return &server{t: t, api: api, disk: d, db: db}
}

// openStore opens a store that the test closes at its end.
func openStore(t testing.TB, fs disk.FS, dir string, options store.Options) *store.Store {
	t.Helper()
	options.FS = fs
	db, err := store.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // some tests have closed it
	return db
}

// do sends a request and returns status and body.
func (s *server) do(method, target, body string, headers ...string) (int, string) {
	s.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// write stores lines or ends the test.
func (s *server) write(lines string) {
	s.t.Helper()
	if status, body := s.do("POST", "/write", lines); status != http.StatusNoContent {
		s.t.Fatalf("write: %d %s", status, body)
	}
}

// series returns what a query answers, from "series" on.
func (s *server) series(parameters string) string {
	s.t.Helper()
	status, body := s.do("GET", "/query?"+parameters, "")
	if status != http.StatusOK || !json.Valid([]byte(body)) {
		s.t.Fatalf("query %s: %d %s", parameters, status, body)
	}
	return body[strings.Index(body, `"series":`)+len(`"series":`) : len(body)-2]
}

func TestQueryGivesBackWhatWasWrittenExactly(t *testing.T) {
	s := newServer(t)
	s.write(`m,b=2,a=1 i=-9223372036854775808i,u=18446744073709551615u,f=0.1 5` + "\n" +
		`m,a=ü\,\"<> b=true,s="line` + "\n" + `\"break\" <&>" -5` + "\nm g=1e300")

	got := s.series("measurement=m")

	want := `[{"tags":{},"points":[{"time":77,"fields":{"g":1e+300}}]},` +
		`{"tags":{"a":"1","b":"2"},"points":[{"time":5,"fields":{"f":0.1,"i":-9223372036854775808,"u":18446744073709551615}}]},` +
		`{"tags":{"a":"ü,\\\"\u003c\u003e"},"points":[{"time":-5,"fields":{"b":true,"s":"line\n\"break\" \u003c\u0026\u003e"}}]}]`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestQuerySelects(t *testing.T) {
	s := newServer(t)
	s.write("m,h=a f=1,g=10 1\nm,h=a f=2 2\nm,h=a f=3 3\nm,h=b f=4 2")
	cases := map[string]string{
		"measurement=m&tag.h=b":                 `[{"tags":{"h":"b"},"points":[{"time":2,"fields":{"f":4}}]}]`,
		"measurement=m&start=1&end=3&tag.h=a":   `[{"tags":{"h":"a"},"points":[{"time":1,"fields":{"f":1,"g":10}},{"time":2,"fields":{"f":2}}]}]`,
		"measurement=m&field=g":                 `[{"tags":{"h":"a"},"points":[{"time":1,"fields":{"g":10}}]}]`,
		"measurement=m&limit=1":                 `[{"tags":{"h":"a"},"points":[{"time":1,"fields":{"f":1,"g":10}}]}]`,
		"measurement=m&start=3&field=f&limit=9": `[{"tags":{"h":"a"},"points":[{"time":3,"fields":{"f":3}}]}]`,
		"measurement=m&tag.h=c":                 `[]`,
		"measurement=other":                     `[]`,
		"measurement=m&start=2&end=2":           `[]`,
	}
	for parameters, want := range cases {
		if got := s.series(parameters); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", parameters, got, want)
		}
	}
}

func TestQueryAggregates(t *testing.T) {
	s := newServer(t)
	s.write("m f=1 1000000000\nm f=2.5 1500000000\nm f=-1 2000000000\nm f=9 -1\n" +
		"n i=9223372036854775807i,u=18446744073709551615u,s=\"x\" 1\nn i=9223372036854775807i,u=1u,s=\"y\" 2\nn i=-5i 3\n" +
		"big f=1.5e308 1\nbig f=1.5e308 2")
	cases := map[string]string{
		"measurement=m&fn=count": `[{"tags":{},"points":[{"time":-1,"fields":{"f":4}}]}]`,
		"measurement=m&fn=sum&window=1s&start=0": `[{"tags":{},"points":[{"time":1000000000,"fields":{"f":3.5}},` +
			`{"time":2000000000,"fields":{"f":-1}}]}]`,
		"measurement=m&fn=max&window=1s&limit=1": `[{"tags":{},"points":[{"time":-1000000000,"fields":{"f":9}}]}]`,
		"measurement=m&fn=min&start=0":           `[{"tags":{},"points":[{"time":0,"fields":{"f":-1}}]}]`,
		"measurement=m&fn=mean&end=2000000000":   `[{"tags":{},"points":[{"time":-1,"fields":{"f":4.166666666666667}}]}]`,
		"measurement=n&fn=sum":                   `[{"tags":{},"points":[{"time":1,"fields":{"i":18446744073709551609,"u":18446744073709551616}}]}]`,
		"measurement=n&fn=mean&field=i":          `[{"tags":{},"points":[{"time":1,"fields":{"i":6.148914691236517e+18}}]}]`,
		"measurement=n&fn=min":                   `[{"tags":{},"points":[{"time":1,"fields":{"i":-5,"u":1}}]}]`,
		"measurement=n&fn=max&field=u":           `[{"tags":{},"points":[{"time":1,"fields":{"u":18446744073709551615}}]}]`,
		"measurement=n&fn=count&field=s":         `[{"tags":{},"points":[{"time":1,"fields":{"s":2}}]}]`,
		"measurement=n&fn=sum&start=3&window=1h": `[{"tags":{},"points":[{"time":0,"fields":{"i":-5}}]}]`,
		"measurement=big&fn=sum":                 `[{"tags":{},"points":[{"time":1,"fields":{"f":null}}]}]`,
		"measurement=m&fn=sum&start=5000000000":  `[]`,
		"measurement=m&fn=count&window=2562047h": `[{"tags":{},"points":[{"time":-9223369200000000000,"fields":{"f":1}},{"time":0,"fields":{"f":3}}]}]`,
	}
	for parameters, want := range cases {
		if got := s.series(parameters); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", parameters, got, want)
		}
	}
}

func TestBadRequestsSayWhatIsWanted(t *testing.T) {
	s := newServer(t)
	s.write("m s=\"x\" 1")
	cases := []struct {
		method, target, body string
		status               int
		reason               string
	}{
		{"POST", "/write", "m f=1\nm f=x", 400, `field \"f\" has value \"x\"`},
		{"POST", "/write?precision=min", "m f=1", 400, `precision is \"min\", want one of ns, us, ms, s`},
		{"POST", "/write?precison=ms", "m f=1", 400, `unknown parameter \"precison\"`},
		{"POST", "/write", "m a=1,b=2,c=3,d=4", 422, "more than 3 fields"},
		{"POST", "/write", "m s=1", 422, `has kind string, got float`},
		{"POST", "/write", "m,t=1 f=1\nm,t=2 f=1\nm,t=3 f=1\nm,t=4 f=1\nm,t=5 f=1", 422, "max-series is 5"},
		{"POST", "/write", strings.Repeat("m f=1\n", 200), 413, "larger than 1000 bytes"},
		{"GET", "/write", "", 405, "method GET on /write, want POST"},
		{"DELETE", "/query", "", 405, "want GET"},
		{"GET", "/nowhere", "", 404, "no such path"},
		{"GET", "/query", "", 400, `\"measurement\" is missing`},
		{"GET", "/query?measurement=", "", 400, `\"measurement\" is empty`},
		{"GET", "/query?measurement=m&measurement=n", "", 400, "given 2 times"},
		{"GET", "/query?measurement=m&start=now", "", 400, `start is \"now\", want nanoseconds`},
		{"GET", "/query?measurement=m&end=1.5", "", 400, `end is \"1.5\"`},
		{"GET", "/query?measurement=m&start=2&end=1", "", 400, "start 2 lies behind end 1"},
		{"GET", "/query?measurement=m&fn=median", "", 400, `fn is \"median\", want one of`},
		{"GET", "/query?measurement=m&fn=sum&window=10", "", 400, `window is \"10\"`},
		{"GET", "/query?measurement=m&fn=sum&window=-1s", "", 400, "positive duration"},
		{"GET", "/query?measurement=m&window=1s", "", 400, "without fn"},
		{"GET", "/query?measurement=m&limit=0", "", 400, `limit is \"0\"`},
		{"GET", "/query?measurement=m&fn=sum&field=s", "", 400, "has kind string"},
		{"GET", "/query?measurement=m&host=a", "", 400, `unknown parameter \"host\"`},
		{"GET", "/query?measurement=m&tag.=a", "", 400, "unknown parameter"},
		{"GET", "/query?measurement=%zz", "", 400, "query string"},
	}
	for _, c := range cases {
		status, body := s.do(c.method, c.target, c.body)
		if status != c.status || !strings.Contains(body, c.reason) || !strings.HasPrefix(body, `{"error":`) {
			t.Errorf("%s %s: got %d %s want %d with %s", c.method, c.target, status, body, c.status, c.reason)
		}
	}
	if got := s.series("measurement=m"); got != `[{"tags":{},"points":[{"time":1,"fields":{"s":"x"}}]}]` {
		t.Errorf("refused batches left something behind: %s", got)
	}
}

func TestRefusedLinesHaveTheirNumber(t *testing.T) {
	s := newServer(t)
	for lines, want := range map[string]string{
		"# comment\nm f=1\n\nm f=x": `"line":4}`,
		"m f=1\n\nm f=1i":           `"line":3}`, // refused by the store
	} {
		if _, body := s.do("POST", "/write", lines); !strings.HasSuffix(body, want+"\n") {
			t.Errorf("%q: got %s want %s", lines, body, want)
		}
	}
}

func TestGzipIsAcceptedAndBounded(t *testing.T) {
	s := newServer(t)
	var bomb, small bytes.Buffer
	for buffer, text := range map[*bytes.Buffer]string{&small: "m f=1 1", &bomb: strings.Repeat("m f=1\n", 100_000)} {
		z := gzip.NewWriter(buffer)
		fmt.Fprint(z, text)
		z.Close()
	}

	if status, body := s.do("POST", "/write", small.String(), "Content-Encoding", "gzip"); status != 204 {
		t.Errorf("small body: %d %s", status, body)
	}
	if status, _ := s.do("POST", "/write", bomb.String(), "Content-Encoding", "gzip"); status != 413 {
		t.Errorf("body of %d bytes that unpacks to 600000: %d, want 413", bomb.Len(), status)
	}
	if status, _ := s.do("POST", "/write", "m f=1", "Content-Encoding", "gzip"); status != 400 {
		t.Errorf("body that is no gzip: %d, want 400", status)
	}
	if status, _ := s.do("POST", "/write", "m f=1", "Content-Encoding", "br"); status != 415 {
		t.Errorf("unknown encoding: %d, want 415", status)
	}
}

func TestFullDiskIsServiceUnavailable(t *testing.T) {
	s := newServer(t)
	s.disk.SetFree(3)

	status, body := s.do("POST", "/write", "m f=1 1")

	if status != 503 || !strings.Contains(body, "not stored") {
		t.Fatalf("got %d %s", status, body)
	}
	s.disk.SetUnlimited()
	if got := s.series("measurement=m"); got != "[]" {
		t.Errorf("a write that failed is visible: %s", got)
	}
	s.write("m f=1 1")
}

func TestDrainingServerRefusesWritesAndSaysSo(t *testing.T) {
	s := newServer(t)
	s.write("m f=1 1")

	s.api.Drain()

	if status, _ := s.do("POST", "/write", "m f=2 2"); status != 503 {
		t.Errorf("write: %d, want 503", status)
	}
	if status, _ := s.do("GET", "/health", ""); status != 503 {
		t.Errorf("health: %d, want 503", status)
	}
	if got := s.series("measurement=m"); !strings.Contains(got, `"time":1`) {
		t.Errorf("queries should go on: %s", got)
	}
}

func TestClosedStoreIsServiceUnavailable(t *testing.T) {
	s := newServer(t)
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}

	if status, body := s.do("POST", "/write", "m f=1"); status != 503 {
		t.Errorf("got %d %s, want 503", status, body)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	s := newServer(t)
	s.write("m,h=a f=1 1\nm,h=b f=1 1")

	_, health := s.do("GET", "/health", "")
	_, metrics := s.do("GET", "/metrics", "")

	if health != `{"name":"timeseriesdb","status":"pass","version":"v1.2.3"}`+"\n" {
		t.Errorf("health %s", health)
	}
	for _, line := range []string{
		`timeseriesdb_build_info{version="v1.2.3",revision="abc",goversion="go1.20"} 1`,
		"timeseriesdb_points_written_total 2", "timeseriesdb_series 2", "timeseriesdb_segments 0",
		`timeseriesdb_http_requests_total{path="/write",status="204"} 1`,
	} {
		if strings.Count(metrics, line+"\n") != 1 {
			t.Errorf("metrics lack %q, or have it twice:\n%s", line, metrics)
		}
	}
}

func TestCorruptionInTheMiddleBreaksTheConnection(t *testing.T) {
	d := simdisk.New()
	db := openStore(t, d, "data", store.Options{})
	api := New(Options{Store: db, MaxBodyBytes: 1 << 20, Now: time.Now})
	s := &server{t: t, api: api, disk: d, db: db}
	for i := 0; i < 5000; i += 1000 {
		s.write(batchOf(i, 1000))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	damageLastBlock(d)
	s.api = New(Options{Store: openStore(t, d, "data", store.Options{}), MaxBodyBytes: 1 << 20, Now: time.Now})
	real := httptest.NewServer(s.api)
	defer real.Close()

	answer, err := http.Get(real.URL + "/query?measurement=m")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(answer.Body)

	if err == nil {
		t.Fatalf("got a whole answer of %d bytes, want a broken one", body.Len())
	}
}

// batchOf makes n points of one series, beginning with number first.
func batchOf(first, n int) string {
	var b strings.Builder
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&b, "m f=%d.5 %d\n", i, i)
	}
	return b.String()
}

// damageLastBlock changes a byte in front of the index of the only segment.
func damageLastBlock(d *simdisk.Disk) {
	const name = "data/segments/0000000001-0000000001.seg"
	data := d.Content(name)
	data[len(data)-200] ^= 1
	d.SetContent(name, data)
}

func TestTagFiltersAreDecodedFromTheURL(t *testing.T) {
	s := newServer(t)
	s.write(`m,a\ b=x\,y f=1 1`)

	got := s.series("measurement=m&" + url.QueryEscape("tag.a b") + "=" + url.QueryEscape("x,y"))

	if !strings.Contains(got, `"time":1`) {
		t.Errorf("got %s", got)
	}
}

// goneClient is a connection whose client has hung up.
type goneClient struct{ http.ResponseWriter }

func (goneClient) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestClientThatHangsUpIsNoError(t *testing.T) {
	s := newServer(t)
	s.write("m f=1 1")
	var log bytes.Buffer
	s.api.options.Log = logfmt.New(&log, time.Now)
	defer func() {
		if cause := recover(); cause != http.ErrAbortHandler || strings.Contains(log.String(), "ERROR") {
			t.Errorf("recovered %v, log %s", cause, log.String())
		}
	}()

	s.api.ServeHTTP(goneClient{httptest.NewRecorder()}, httptest.NewRequest("GET", "/query?measurement=m", nil))

	t.Error("the handler ended as if nothing had happened")
}
