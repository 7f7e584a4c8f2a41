// This file measures whole ways through the program: HTTP over a loopback
// connection, and parser, store and query together.
//
// Stores write real files without syncs, as a sync measures the disk. All writes
// overwrite the same ring of times, and flushes keep log and memory bounded,
// so that the state does not grow with b.N.

package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/lineprotocol"
	"example.com/timeseriesdb/internal/store"
)

const ringTimes = 64 // distinct times that are written

// firstTime is the time of the first slot of the ring, in nanoseconds.
const firstTime = int64(1_700_000_000_000_000_000)

// ringBodies makes a body of n lines for every slot of the ring.
func ringBodies(n int) []string {
	bodies := make([]string, ringTimes)
	for slot := range bodies {
		var b strings.Builder
		for line := 0; line < n; line++ {
			fmt.Fprintf(&b, "cpu,host=server%03d,region=eu usage=%d.%02d,cores=8i %d\n",
				line, (slot+line)%100, line%100, firstTime+int64(slot)*1_000_000_000)
		}
		bodies[slot] = b.String()
	}
	return bodies
}

// benchStore opens a store on real files without syncs.
func benchStore(b *testing.B) *store.Store {
	return openStore(b, disk.OS(), filepath.Join(b.TempDir(), "data"), store.Options{NoSync: true, FlushBytes: 16 << 20})
}

// benchmarkHTTP measures requests that write n points each.
func benchmarkHTTP(b *testing.B, n int) {
	api := New(Options{Store: benchStore(b), MaxBodyBytes: 32 << 20, Now: time.Now})
	server := httptest.NewServer(api)
	defer server.Close()
	client := server.Client()
	bodies := ringBodies(n)
	post := func(body string) {
		answer, err := client.Post(server.URL+"/write", "text/plain", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body) // so that the connection is used again
		answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			b.Fatalf("status %d", answer.StatusCode)
		}
	}
	for _, body := range bodies {
		post(body)
	}
	b.SetBytes(int64(len(bodies[0])))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		post(bodies[i%ringTimes])
	}
	b.StopTimer()
	reportPoints(b, n)
}

// reportPoints reports the rate of points, n per iteration.
func reportPoints(b *testing.B, n int) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "points/s")
}

func BenchmarkHTTPWriteSinglePoint(b *testing.B)    { benchmarkHTTP(b, 1) }
func BenchmarkHTTPWriteMultiplePoints(b *testing.B) { benchmarkHTTP(b, 5) }
func BenchmarkHTTPWriteLargeDataset(b *testing.B)   { benchmarkHTTP(b, 100) }

// ingest parses a body and stores its points.
func ingest(b *testing.B, parser *lineprotocol.Parser, db *store.Store, body string) {
	points, err := parser.Parse(body, lineprotocol.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Write(points); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEndToEndWrite parses and stores ten lines, queries them back and
// checks how many there are.
func BenchmarkEndToEndWrite(b *testing.B) {
	const lines = 10
	db, parser, bodies := benchStore(b), lineprotocol.NewParser(lineprotocol.Limits{}), ringBodies(lines)
	for _, body := range bodies {
		ingest(b, parser, db, body)
	}
	b.SetBytes(int64(len(bodies[0])))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		slot := i % ringTimes
		ingest(b, parser, db, bodies[slot])
		at := firstTime + int64(slot)*1_000_000_000
		found := 0
		err := db.Select(context.Background(), store.Query{Measurement: "cpu", Start: at, End: at + 1},
			func(_ *store.Series, row store.Row) error {
				found += len(row.Fields)
				return nil
			})
		if err != nil || found != 2*lines {
			b.Fatalf("found %d values, error %v; want %d", found, err, 2*lines)
		}
	}
	b.StopTimer()
	reportPoints(b, lines)
}

// BenchmarkConcurrentWrites has several goroutines write ten lines at a time.
func BenchmarkConcurrentWrites(b *testing.B) {
	const lines = 10
	db, bodies := benchStore(b), ringBodies(lines)
	parser := lineprotocol.NewParser(lineprotocol.Limits{})
	for _, body := range bodies {
		ingest(b, parser, db, body)
	}
	var writers atomic.Int64
	b.SetBytes(int64(len(bodies[0])))
	b.ReportAllocs()
	b.SetParallelism(4) // so that writers queue and share log records
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		parser := lineprotocol.NewParser(lineprotocol.Limits{})
		for slot := int(writers.Add(1)); pb.Next(); slot++ {
			ingest(b, parser, db, bodies[slot%ringTimes])
		}
	})
	b.StopTimer()
	reportPoints(b, lines)
}

// BenchmarkMemoryUsage measures what the answer to one query of 1000 points
// allocates, after writing 100 of them again; see B/op and allocs/op.
func BenchmarkMemoryUsage(b *testing.B) {
	const lines = 100
	db, parser, bodies := benchStore(b), lineprotocol.NewParser(lineprotocol.Limits{}), ringBodies(lines)
	for _, body := range bodies {
		ingest(b, parser, db, body)
	}
	api := New(Options{Store: db, Now: time.Now})
	request := httptest.NewRequest("GET", fmt.Sprintf("/query?measurement=cpu&end=%d", firstTime+10*1_000_000_000), nil)
	answer := func() int {
		w := httptest.NewRecorder()
		w.Body = nil // the body is the client's, not the program's
		out := countWriter{ResponseWriter: w}
		api.ServeHTTP(&out, request)
		return out.bytes
	}
	size := answer()
	if size == 0 {
		b.Fatal("the answer is empty")
	}
	b.SetBytes(int64(len(bodies[0]) + size))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		ingest(b, parser, db, bodies[i%ringTimes])
		answer()
	}
}

// countWriter counts the bytes of an answer and forgets them.
type countWriter struct {
	http.ResponseWriter
	bytes int
}

func (w *countWriter) Write(p []byte) (int, error) {
	w.bytes += len(p)
	return len(p), nil
}

// BenchmarkGCPressure measures the work that 1000 lines give to the collector,
// when each batch has a body and a parser of its own as if nothing were reused.
func BenchmarkGCPressure(b *testing.B) {
	const lines = 1000
	db := benchStore(b)
	bodies := ringBodies(lines)
	raw := make([][]byte, len(bodies))
	for i, body := range bodies {
		raw[i] = []byte(body)
		ingest(b, lineprotocol.NewParser(lineprotocol.Limits{}), db, body)
	}
	b.SetBytes(int64(len(bodies[0])))
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC() // so that the collector starts from the same point every time
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		body := string(bytes.Clone(raw[i%ringTimes]))
		ingest(b, lineprotocol.NewParser(lineprotocol.Limits{}), db, body)
	}
	b.StopTimer()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.NumGC-before.NumGC)/float64(b.N), "gc/op")
	b.ReportMetric(float64(after.PauseTotalNs-before.PauseTotalNs)/float64(b.N), "gc-pause-ns/op")
	reportPoints(b, lines)
}
