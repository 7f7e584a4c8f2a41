// This file has GET /health and GET /metrics.

package httpapi

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
)

// health says whether writes are welcome.
func (a *API) health(w http.ResponseWriter, _ *http.Request) error {
	status, verdict := http.StatusOK, "pass"
	if a.draining.Load() {
		status, verdict = http.StatusServiceUnavailable, "fail"
	}
	writeJSON(w, status, map[string]string{
		"name": "timeseriesdb", "status": verdict, "version": a.options.Build.Version,
	})
	return nil
}

// metrics answers in the text format of Prometheus.
func (a *API) metrics(w http.ResponseWriter, _ *http.Request) error {
	var page metricsPage
	build := a.options.Build
	page.metric("build_info", "gauge", "Always 1; the labels say which program is running.")
	page.sample(fmt.Sprintf("{version=%s,revision=%s,goversion=%s}",
		label(build.Version), label(build.Revision), label(build.GoVersion)), 1)
	a.storeMetrics(&page)
	page.metric("http_requests_total", "counter", "Requests answered, by path and status.")
	for _, count := range a.requests.sorted() {
		page.sample(fmt.Sprintf("{path=%s,status=\"%d\"}", label(count.path), count.status), count.requests)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, err := w.Write([]byte(page.text.String()))
	return err
}

func (a *API) storeMetrics(page *metricsPage) {
	s := a.options.Store.Stats()
	page.single("points_written_total", "counter", "Points acknowledged since the start.", s.Points)
	page.single("writes_total", "counter", "Batches acknowledged since the start.", s.Writes)
	page.single("writes_refused_total", "counter", "Batches refused because they did not fit.", s.Refused)
	page.single("writes_failed_total", "counter", "Batches that the disk did not take.", s.Failed)
	page.single("series", "gauge", "Series known.", s.Series)
	page.single("memtable_bytes", "gauge", "Estimated memory of points that are not flushed.", s.MemtableBytes)
	page.single("wal_bytes", "gauge", "Bytes in the write-ahead log.", s.WALBytes)
	page.single("wal_fsync_total", "counter", "Successful syncs of the write-ahead log.", s.WALSyncs)
	page.single("segments", "gauge", "Segment files.", s.Segments)
	page.single("segment_bytes", "gauge", "Bytes in segment files.", s.SegmentBytes)
	page.single("flushes_total", "counter", "Memtables flushed to segments.", s.Flushes)
	page.single("flush_failures_total", "counter", "Flushes that failed and were or will be repeated.", s.FlushFailures)
	page.single("merges_total", "counter", "Merges of segments.", s.Merges)
}

// metricsPage collects metrics.
type metricsPage struct {
	text strings.Builder
	name string
}

func (p *metricsPage) metric(name, kind, help string) {
	p.name = "timeseriesdb_" + name
	fmt.Fprintf(&p.text, "# HELP %s %s\n# TYPE %s %s\n", p.name, help, p.name, kind)
}

func (p *metricsPage) sample(labels string, value int64) {
	fmt.Fprintf(&p.text, "%s%s %d\n", p.name, labels, value)
}

func (p *metricsPage) single(name, kind, help string, value int64) {
	p.metric(name, kind, help)
	p.sample("", value)
}

// label quotes a label value as Prometheus wants it.
func label(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value) + `"`
}

// requestCounts counts answers. The zero value is ready to use.
type requestCounts struct {
	mu     sync.Mutex
	counts map[requestKind]int64
}

type requestKind struct {
	path   string
	status int
}

type requestCount struct {
	requestKind
	requests int64
}

func (c *requestCounts) add(path string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[requestKind]int64{}
	}
	c.counts[requestKind{path, status}]++
}

// sorted returns the counts in an order that stays the same.
func (c *requestCounts) sorted() []requestCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]requestCount, 0, len(c.counts))
	for kind, n := range c.counts {
		list = append(list, requestCount{kind, n})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].path != list[j].path {
			return list[i].path < list[j].path
		}
		return list[i].status < list[j].status
	})
	return list
}
