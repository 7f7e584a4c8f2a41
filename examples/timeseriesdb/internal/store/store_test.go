// This file tests the store by example; model_test.go tests it at random.

package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/timeseriesdb/internal/disk"
	"example.com/timeseriesdb/internal/disk/simdisk"
	"example.com/timeseriesdb/internal/point"
)

const dir = "data"

// open opens a store on a simulated disk or ends the test.
func open(t testing.TB, d disk.FS, options Options) *Store {
	t.Helper()
	options.FS = d
	s, err := Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sample makes a point of measurement m with one tag and one field.
func sample(host, field string, time int64, value point.Value) point.Point {
	return point.Point{
		Measurement: "m", Tags: []point.Tag{{Key: "host", Value: host}},
		Fields: []point.Field{{Key: field, Value: value}}, Time: time,
	}
}

// write stores points or ends the test.
func write(t testing.TB, s *Store, points ...point.Point) {
	t.Helper()
	if err := s.Write(points); err != nil {
		t.Fatal(err)
	}
}

// all returns every row of measurement m as text, one per line.
func all(t testing.TB, s *Store) string {
	t.Helper()
	return selected(t, s, Query{Measurement: "m", Start: math.MinInt64, End: math.MaxInt64})
}

func selected(t testing.TB, s *Store, q Query) string {
	t.Helper()
	var text strings.Builder
	err := s.Select(context.Background(), q, func(series *Series, row Row) error {
		for _, field := range row.Fields {
			fmt.Fprintf(&text, "%s %s@%d=%s\n", series.Tags[0].Value, field.Key, row.Time, valueText(field.Value))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func valueText(v point.Value) string {
	if v.Kind() == point.String {
		return fmt.Sprintf("%q", v.Text())
	}
	return fmt.Sprintf("%s:%x", v.Kind(), v.Bits())
}

func expect(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Fatalf("got\n%swant\n%s", got, want)
	}
}

func nothing(int) int { return 0 }

func TestAcknowledgedPointsSurviveAPowerLoss(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 2, point.IntValue(2)), sample("a", "f", 1, point.IntValue(1)), sample("b", "g", 1, point.StringValue("x")))
	before := all(t, s)

	s = open(t, d.Crash(nothing), Options{})
	defer s.Close()

	expect(t, all(t, s), before)
	expect(t, before, "a f@1=integer:1\na f@2=integer:2\nb g@1=\"x\"\n")
}

func TestLastWriteWinsPerFieldAcrossEverything(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 1, point.IntValue(1)), sample("a", "g", 1, point.IntValue(1)))
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	write(t, s, sample("a", "f", 1, point.IntValue(2)), sample("a", "f", 1, point.IntValue(3)))
	want := "a f@1=integer:3\na g@1=integer:1\n"
	expect(t, all(t, s), want) // memtable over segment
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	expect(t, all(t, s), want) // segment over segment

	s = open(t, d.Crash(nothing), Options{})
	defer s.Close()

	expect(t, all(t, s), want)
}

func TestSelectFiltersByTagFieldAndTime(t *testing.T) {
	s := open(t, simdisk.New(), Options{})
	defer s.Close()
	for time := int64(0); time < 4; time++ {
		write(t, s, sample("a", "f", time, point.IntValue(time)), sample("b", "f", time, point.IntValue(time)),
			sample("b", "g", time, point.IntValue(time)))
	}

	got := selected(t, s, Query{Measurement: "m", Tags: []point.Tag{{Key: "host", Value: "b"}}, Field: "g", Start: 1, End: 3})

	expect(t, got, "b g@1=integer:1\nb g@2=integer:2\n") // start inclusive, end exclusive
	expect(t, selected(t, s, Query{Measurement: "other", Start: 0, End: 9}), "")
}

func TestSeriesLimitSurvivesRestartAndRefusesWholeBatches(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{MaxSeries: 2})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))

	err := s.Write([]point.Point{sample("b", "f", 1, point.IntValue(1)), sample("c", "f", 1, point.IntValue(1))})

	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Index != 1 || !strings.Contains(refused.Reason, "max-series is 2") {
		t.Fatalf("got %v, want point 1 to be refused", err)
	}
	expect(t, all(t, s), "a f@1=integer:1\n")
	write(t, s, sample("b", "f", 1, point.IntValue(1))) // the refused batch left no series behind
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, d, Options{MaxSeries: 2})
	defer s.Close()
	if err := s.Write([]point.Point{sample("c", "f", 1, point.IntValue(1))}); !errors.As(err, &refused) {
		t.Fatalf("after a restart: got %v, want a refusal", err)
	}
	write(t, s, sample("a", "f", 2, point.IntValue(2)))
}

func TestFieldKeepsItsKind(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, d, Options{})
	defer s.Close()

	err := s.Write([]point.Point{sample("b", "f", 1, point.FloatValue(1))})

	var refused *RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "has kind integer, got float") {
		t.Fatalf("got %v, want a refusal", err)
	}
}

func TestFullDiskFailsWritesAndSpaceRevivesThem(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))
	d.SetFree(10)

	err := s.Write([]point.Point{sample("b", "g", 1, point.StringValue(strings.Repeat("x", 100)))})

	if !errors.Is(err, ErrNotStored) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want ErrNotStored for a full disk", err)
	}
	if n := s.Stats().Series; n != 1 {
		t.Errorf("%d series, want that of the failed write to be forgotten", n)
	}
	d.SetUnlimited()
	write(t, s, sample("b", "g", 2, point.IntValue(2))) // not a string: the kind was forgotten too
	want := "a f@1=integer:1\nb g@2=integer:2\n"
	expect(t, all(t, s), want)

	s = open(t, d.Crash(nothing), Options{})
	defer s.Close()
	expect(t, all(t, s), want)
}

func TestFailedSyncMovesDataAwayFromTheSuspectFile(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))
	d.FailSyncs(1)

	if err := s.Write([]point.Point{sample("a", "f", 2, point.IntValue(2))}); !errors.Is(err, ErrNotStored) {
		t.Fatalf("got %v, want ErrNotStored", err)
	}
	write(t, s, sample("a", "f", 3, point.IntValue(3)))
	if err := s.Flush(); err != nil { // waits for the flush that the failure caused
		t.Fatal(err)
	}

	if n := s.Stats().Flushes; n < 1 {
		t.Errorf("%d flushes, want what the suspect file has to be flushed", n)
	}
	s = open(t, d.Crash(nothing), Options{})
	defer s.Close()
	expect(t, all(t, s), "a f@1=integer:1\na f@3=integer:3\n")
}

func TestFailedFlushIsRepeatedAndLosesNothing(t *testing.T) {
	d := simdisk.New()
	clock := time.Unix(0, 0)
	s := open(t, d, Options{Now: func() time.Time { return clock }})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))
	d.SetFree(70) // enough for a log file, not for a segment

	if err := s.Flush(); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want a full disk", err)
	}
	expect(t, all(t, s), "a f@1=integer:1\n")
	d.SetUnlimited()
	write(t, s, sample("a", "f", 2, point.IntValue(2)))
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}

	want := "a f@1=integer:1\na f@2=integer:2\n"
	expect(t, all(t, s), want)
	s = open(t, d.Crash(nothing), Options{})
	defer s.Close()
	expect(t, all(t, s), want)
}

func TestMemoryIsBoundedWhenFlushesFail(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{FlushBytes: 10_000, RetryFlush: time.Nanosecond})
	defer s.Close()
	d.FailTruncates(1 << 30)
	text := point.StringValue(strings.Repeat("x", 1000))
	var err error
	written := 0
	for err == nil && written < 1000 {
		d.SetFree(1100) // for a record; a segment of 10 of them does not fit
		err = s.Write([]point.Point{sample("a", "f", int64(written), text)})
		written++
	}

	if !errors.Is(err, ErrNotStored) || written > 50 {
		t.Fatalf("after %d writes: %v; want ErrNotStored well before", written, err)
	}
}

func TestManyFlushesAreMerged(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{MaxSegments: 4})
	for i := int64(0); i < 30; i++ {
		write(t, s, sample("a", "f", i%7, point.IntValue(i)), sample("b", "g", i, point.IntValue(i)))
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	want := all(t, s)

	if n := s.Stats().Segments; n > 4 {
		t.Errorf("%d segments, want at most 4", n)
	}
	files, _ := d.List(segmentDir(dir))
	if len(files) > 4 {
		t.Errorf("files %q, want those of merged segments to be gone", files)
	}
	s = open(t, d.Crash(nothing), Options{MaxSegments: 4})
	defer s.Close()
	expect(t, all(t, s), want)
	if !strings.Contains(want, "a f@0=integer:1c\n") { // 28, the last multiple of 7
		t.Errorf("the last write did not win:\n%s", want)
	}
}

func TestCrashInTheMiddleOfAReplacementLeavesOneVersion(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{MaxSegments: 4})
	old := map[string][]byte{}
	for i := int64(0); i < 5; i++ {
		for _, name := range list(t, d) {
			old[name] = d.Content(filepath.Join(segmentDir(dir), name))
		}
		write(t, s, sample("a", "f", i, point.IntValue(i)))
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	want := all(t, s)
	d = d.Crash(nothing)
	for name, data := range old { // the replaced files are there again, and a half-written one
		d.SetContent(filepath.Join(segmentDir(dir), name), data)
	}
	d.SetContent(filepath.Join(segmentDir(dir), "0000000009-0000000009.seg.tmp"), []byte("half"))

	s = open(t, d, Options{MaxSegments: 4})
	defer s.Close()

	expect(t, all(t, s), want)
	if files := list(t, d); len(files) != 2 {
		t.Errorf("files %q, want the merged segment and the one behind it", files)
	}
}

func list(t *testing.T, d *simdisk.Disk) []string {
	t.Helper()
	names, err := d.List(segmentDir(dir))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestLogFileThatASegmentCoversIsNotReplayedOverNewerData(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))
	name := filepath.Join(walDir(dir), "0000000000000001.wal")
	stale := d.Content(name)
	write(t, s, sample("a", "f", 1, point.IntValue(2)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.SetContent(name, stale) // as if its removal had not reached the disk

	s = open(t, d, Options{})
	defer s.Close()

	expect(t, all(t, s), "a f@1=integer:2\n")
}

func TestCorruptSegmentFailsTheQueryThatReadsIt(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	write(t, s, sample("a", "f", 1, point.IntValue(1)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(segmentDir(dir), "0000000001-0000000001.seg")
	data := d.Content(name)
	data[9] ^= 1
	d.SetContent(name, data)
	s = open(t, d, Options{})
	defer s.Close()

	err := s.Select(context.Background(), Query{Measurement: "m", Start: 0, End: 9}, func(*Series, Row) error { return nil })

	if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "offset 8") {
		t.Fatalf("got %v, want file and offset of the damage", err)
	}
}

func TestConcurrentWritersShareSyncs(t *testing.T) {
	const writers, writes = 16, 20
	s := open(t, slowSync{simdisk.New()}, Options{})
	defer s.Close()
	before := s.Stats().WALSyncs
	var group sync.WaitGroup
	for w := 0; w < writers; w++ {
		group.Add(1)
		go func(host string) {
			defer group.Done()
			for i := int64(0); i < writes; i++ {
				if err := s.Write([]point.Point{sample(host, "f", i, point.IntValue(i))}); err != nil {
					t.Error(err)
				}
			}
		}(fmt.Sprint(w))
	}
	group.Wait()

	syncs := s.Stats().WALSyncs - before
	if syncs > writers*writes/2 {
		t.Errorf("%d syncs for %d writes, want writers to share them", syncs, writers*writes)
	}
	if n := strings.Count(all(t, s), "\n"); n != writers*writes {
		t.Errorf("%d points, want %d", n, writers*writes)
	}
}

// slowSync makes Sync take long enough for others to queue up behind it.
type slowSync struct{ disk.FS }

type slowFile struct{ disk.File }

func (s slowSync) Create(name string) (disk.File, error) {
	file, err := s.FS.Create(name)
	return slowFile{file}, err
}

func (f slowFile) Sync() error {
	time.Sleep(time.Millisecond)
	return f.File.Sync()
}

func TestWritesDuringCloseAreStoredOrRefused(t *testing.T) {
	d := simdisk.New()
	s := open(t, d, Options{})
	acknowledged := make([]int64, 8)
	var group sync.WaitGroup
	for w := range acknowledged {
		group.Add(1)
		go func(w int) {
			defer group.Done()
			for {
				err := s.Write([]point.Point{sample(fmt.Sprint(w), "f", acknowledged[w], point.IntValue(1))})
				if err != nil {
					if !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					return
				}
				acknowledged[w]++
			}
		}(w)
	}
	time.Sleep(5 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	group.Wait()

	s = open(t, d, Options{})
	defer s.Close()
	total := int64(0)
	for _, n := range acknowledged {
		total += n
	}
	if n := int64(strings.Count(all(t, s), "\n")); n != total {
		t.Fatalf("%d points stored, %d acknowledged", n, total)
	}
	if logs, _ := d.List(walDir(dir)); len(logs) != 1 {
		t.Errorf("log files %q, want only that of the new start", logs)
	}
}

func TestSecondStoreOnADirectoryIsRefused(t *testing.T) {
	for name, fs := range map[string]disk.FS{"simulated": simdisk.New(), "real": disk.OS()} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first, err := Open(dir, Options{FS: fs})
			if err != nil {
				t.Fatal(err)
			}

			_, err = Open(dir, Options{FS: fs})

			if !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want ErrLocked with the directory", err)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := Open(dir, Options{FS: fs})
			if err != nil {
				t.Fatalf("after Close: %v", err)
			}
			again.Close()
		})
	}
}

func TestQueriesSeeEverythingWhileDataMoves(t *testing.T) {
	s := open(t, simdisk.New(), Options{FlushBytes: 4096, MaxSegments: 4})
	defer s.Close()
	const points = 2000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := int64(0); i < points; i++ {
			if err := s.Write([]point.Point{sample("a", "f", i, point.IntValue(i))}); err != nil {
				t.Error(err)
			}
		}
	}()
	seen := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		n := strings.Count(all(t, s), "\n")
		if n < seen {
			t.Fatalf("%d points after %d: some vanished", n, seen)
		}
		seen = n
	}

	if seen != points {
		t.Errorf("%d points at the end, want %d", seen, points)
	}
}
