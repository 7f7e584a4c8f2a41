// This file kills the real program in the middle of writes, again and again.

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// batchPoints is the size of a batch; a batch is there whole or not at all.
const batchPoints = 3

// TestAcknowledgedWritesSurviveKill runs TSDB_KILL_ROUNDS rounds, 4 by default,
// on one data directory. The flush size is so small that kills also hit flushes
// and merges.
func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGKILL; TerminateProcess is not what this test is about")
	}
	rounds := killRounds(t)
	dir := t.TempDir()
	writers := make([]killWriter, 4)
	for round := 0; round < rounds; round++ {
		p := start(t, dir, "--flush-bytes", "40000")
		verify(t, p, writers)
		var group sync.WaitGroup
		for i := range writers {
			group.Add(1)
			go func(i int) {
				defer group.Done()
				writers[i].run(p, i)
			}(i)
		}
		time.Sleep(time.Duration(20+round*37%130) * time.Millisecond)
		p.kill()
		group.Wait()
	}
	p := start(t, dir)
	verify(t, p, writers)
	total := 0
	for i := range writers {
		total += writers[i].acknowledged
	}
	t.Logf("%d rounds, %d batches acknowledged, none lost", rounds, total)
}

func killRounds(t *testing.T) int {
	given := os.Getenv("TSDB_KILL_ROUNDS")
	if given == "" {
		return 4
	}
	rounds, err := strconv.Atoi(given)
	if err != nil || rounds < 1 {
		t.Fatalf("TSDB_KILL_ROUNDS is %q, want a positive number", given)
	}
	return rounds
}

// killWriter writes batches with rising numbers until its server is gone.
type killWriter struct {
	acknowledged int // batches 0 up to this one, exclusive, were acknowledged
	tried        int // batches that were sent, acknowledged or not
}

func (w *killWriter) run(p *process, id int) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for {
		w.tried = w.acknowledged + 1
		status, err := p.post(client, w.batch(id, w.acknowledged))
		if err != nil {
			return
		}
		if status != http.StatusNoContent {
			p.t.Errorf("writer %d: status %d", id, status)
			return
		}
		w.acknowledged++
	}
}

// batch returns the lines of a batch: one series per writer and line.
func (w *killWriter) batch(id, number int) string {
	var b strings.Builder
	for line := 0; line < batchPoints; line++ {
		fmt.Fprintf(&b, "kill,writer=%d,line=%d number=%di %d\n", id, line, number, number)
	}
	return b.String()
}

// verify checks that all acknowledged batches are there, and others whole or
// not at all, and moves on to what was found.
func verify(t *testing.T, p *process, writers []killWriter) {
	t.Helper()
	for id := range writers {
		w := &writers[id]
		var found [batchPoints]int
		for line := range found {
			found[line] = countInOrder(t, p, id, line)
		}
		for line, n := range found {
			if n < w.acknowledged || n > w.tried || n != found[0] {
				t.Fatalf("writer %d line %d: %d points after the restart; acknowledged %d, tried %d, line 0 has %d",
					id, line, n, w.acknowledged, w.tried, found[0])
			}
		}
		w.acknowledged, w.tried = found[0], found[0]
	}
}

// countInOrder returns how many points a line of a writer has, after checking
// that they are numbers 0, 1, 2 and so on.
func countInOrder(t *testing.T, p *process, id, line int) int {
	t.Helper()
	var result struct {
		Series []struct {
			Points []struct {
				Time   int
				Fields struct{ Number int }
			}
		}
	}
	body := p.get(fmt.Sprintf("/query?measurement=kill&tag.writer=%d&tag.line=%d", id, line))
	if err := json.Unmarshal([]byte(body), &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Series) == 0 {
		return 0
	}
	for i, point := range result.Series[0].Points {
		if point.Time != i || point.Fields.Number != i {
			t.Fatalf("writer %d line %d: point %d is %+v", id, line, i, point)
		}
	}
	return len(result.Series[0].Points)
}
