// This file tests that segments give back what was written, and notice damage.

package segment

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"example.com/timeseriesdb/internal/column"
	"example.com/timeseriesdb/internal/disk/simdisk"
	"example.com/timeseriesdb/internal/point"
)

// testColumn is a column to be written.
type testColumn struct {
	series, field string
	run           column.Run
}

// sampleRun makes a run of n samples of a kind.
func sampleRun(kind point.Kind, n int) column.Run {
	run := column.Run{Kind: kind}
	for i := 0; i < n; i++ {
		time := int64(i)*1_000_000 - 5
		switch kind {
		case point.Float:
			run.Append(time, point.FloatValue(float64(i)*1.5-7))
		case point.Int:
			run.Append(time, point.IntValue(math.MinInt64+int64(i)*12345))
		case point.Uint:
			run.Append(time, point.UintValue(math.MaxUint64-uint64(i*i)))
		case point.Bool:
			run.Append(time, point.BoolValue(i%3 == 0))
		case point.String:
			run.Append(time, point.StringValue(fmt.Sprintf("text %d", i)))
		}
	}
	return run
}

// write makes a segment of columns.
func write(t *testing.T, disk *simdisk.Disk, name string, columns []testColumn) {
	t.Helper()
	file, err := disk.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(file)
	for _, c := range columns {
		w.Begin(c.series, c.field, c.run.Kind)
		for i := range c.run.Times {
			if err := w.Add(c.run.Times[i], c.run.Value(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Finish(7); err != nil {
		t.Fatal(err)
	}
}

// read returns a column between two times.
func read(r *Reader, series, field string, start, end int64) (run column.Run, err error) {
	entry := r.Series(series)
	if entry == nil {
		return run, fmt.Errorf("no series %q", series)
	}
	source := r.Source(entry, field, start, end)
	if source == nil {
		return run, fmt.Errorf("no field %q", field)
	}
	for {
		part, err := source.NextRun()
		if err != nil || part.Len() == 0 {
			return run, err
		}
		run.Kind = part.Kind
		run.AppendRun(part)
	}
}

var allKinds = []point.Kind{point.Float, point.Int, point.Uint, point.Bool, point.String}

func TestSegmentGivesBackAllKindsAndRanges(t *testing.T) {
	var columns []testColumn
	for _, kind := range allKinds {
		columns = append(columns, testColumn{"series a", kind.String(), sampleRun(kind, 2*blockSamples+17)})
	}
	columns = append(columns, testColumn{"series b", "f", sampleRun(point.Float, 1)})
	disk := simdisk.New()
	write(t, disk, "s", columns)

	r, err := Open(disk, "s")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()

	if r.Through() != 7 || len(r.Index()) != 2 || r.Series("series c") != nil {
		t.Errorf("through %d, %d series", r.Through(), len(r.Index()))
	}
	for _, c := range columns {
		first, last := c.run.Times[0], c.run.Times[c.run.Len()-1]
		for _, span := range [][2]int64{{math.MinInt64, math.MaxInt64}, {first, last}, {first + 1, last + 1}, {0, 1_000_000_000}, {5, 5}} {
			got, err := read(r, c.series, c.field, span[0], span[1])

			want := c.run.Between(span[0], span[1])
			if err != nil || got.Len() != want.Len() || got.Len() > 0 && !sameRun(got, want) {
				t.Errorf("%s %s %v: got %d samples, error %v; want %d", c.series, c.field, span, got.Len(), err, want.Len())
			}
		}
	}
}

func sameRun(a, b column.Run) bool {
	return a.Kind == b.Kind && reflect.DeepEqual(a.Times, b.Times) && fmt.Sprint(a.Bits, a.Texts) == fmt.Sprint(b.Bits, b.Texts)
}

func TestExtremeTimesSurvive(t *testing.T) {
	run := column.Run{Kind: point.Int}
	for _, time := range []int64{math.MinInt64, -1, 0, math.MaxInt64 - 1} {
		run.Append(time, point.IntValue(time))
	}
	disk := simdisk.New()
	write(t, disk, "s", []testColumn{{"s", "f", run}})
	r, err := Open(disk, "s")
	if err != nil {
		t.Fatal(err)
	}

	got, err := read(r, "s", "f", math.MinInt64, math.MaxInt64)

	if err != nil || !sameRun(got, run) {
		t.Fatalf("got %v, %v; want %v", got, err, run)
	}
}

// TestDamageAnywhereIsNoticed changes one byte at a time; reading must fail
// rather than give something else.
func TestDamageAnywhereIsNoticed(t *testing.T) {
	disk := simdisk.New()
	run := sampleRun(point.String, 20)
	write(t, disk, "s", []testColumn{{"series", "f", run}})
	whole := disk.Content("s")

	for at := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 0x10
		disk.SetContent("s", damaged)

		r, err := Open(disk, "s")
		if err == nil {
			_, err = read(r, "series", "f", math.MinInt64, math.MaxInt64)
			r.Release()
		}

		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d of %d: got %v, want ErrCorrupt", at, len(whole), err)
		}
	}
}

func TestShortFilesAreNoticed(t *testing.T) {
	disk := simdisk.New()
	write(t, disk, "s", []testColumn{{"series", "f", sampleRun(point.Float, 20)}})
	whole := disk.Content("s")

	for size := range whole {
		disk.SetContent("s", whole[:size])
		if _, err := Open(disk, "s"); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes: got %v, want ErrCorrupt", size, len(whole), err)
		}
	}
}

func TestFullDiskFailsTheSegment(t *testing.T) {
	disk := simdisk.New()
	disk.SetFree(100)
	file, err := disk.Create("s")
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter(file)
	w.Begin("series", "f", point.Float)
	for i := int64(0); i < 5000; i++ {
		_ = w.Add(i, point.FloatValue(1)) // Finish has to repeat the error
	}

	if err := w.Finish(1); err == nil {
		t.Fatal("Finish succeeded on a full disk")
	}
}

func TestLastUserFreesTheSegment(t *testing.T) {
	disk := simdisk.New()
	write(t, disk, "s", []testColumn{{"series", "f", sampleRun(point.Float, 1)}})
	r, err := Open(disk, "s")
	if err != nil {
		t.Fatal(err)
	}
	freed := false
	r.OnFree(func() { freed = true })

	r.Use()
	r.Release()
	if freed {
		t.Fatal("freed while in use")
	}
	r.Release()

	if !freed {
		t.Fatal("not freed after the last user")
	}
}
