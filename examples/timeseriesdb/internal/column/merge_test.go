// This file tests runs and their merge.

package column

import (
	"errors"
	"fmt"
	"testing"

	"example.com/timeseriesdb/internal/point"
)

// runOf makes a run of integers from pairs of time and value.
func runOf(pairs ...int64) Run {
	run := Run{Kind: point.Int}
	for i := 0; i < len(pairs); i += 2 {
		run.Append(pairs[i], point.IntValue(pairs[i+1]))
	}
	return run
}

// parts is a source of several runs.
type parts []Run

func (p *parts) NextRun() (Run, error) {
	if len(*p) == 0 {
		return Run{}, nil
	}
	run := (*p)[0]
	*p = (*p)[1:]
	return run, nil
}

func TestNewestSourceWinsAndTimesStaySorted(t *testing.T) {
	m, err := NewMerger([]Source{
		Single(runOf(2, 20, 5, 50)),
		Single(Run{}),
		&parts{runOf(1, 1, 2, 2), runOf(3, 3, 5, 5, 9, 9)},
		Single(runOf(2, -2, 9, -9, 10, -10)),
	})
	if err != nil {
		t.Fatal(err)
	}

	got := ""
	for time, ok := m.Peek(); ok; time, ok = m.Peek() {
		value, err := m.Take(time)
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprintf("%d=%d ", time, value.Int())
	}

	if want := "1=1 2=20 3=3 5=50 9=9 10=-10 "; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}

// broken fails after its first run.
type broken struct{ first Run }

func (b *broken) NextRun() (Run, error) {
	run := b.first
	b.first = Run{}
	if run.Len() == 0 {
		return run, errors.New("broken")
	}
	return run, nil
}

func TestErrorOfASourceIsReturned(t *testing.T) {
	m, err := NewMerger([]Source{&broken{runOf(1, 1)}})
	if err != nil {
		t.Fatal(err)
	}

	if _, err := m.Take(1); err == nil {
		t.Error("got no error")
	}
	if _, err := NewMerger([]Source{&broken{}}); err == nil {
		t.Error("got no error from the first run")
	}
}

func TestInsertKeepsOrderForStringsToo(t *testing.T) {
	run := Run{Kind: point.String}
	for _, time := range []int64{5, 1, 3} {
		run.Insert(run.Search(time), time, point.StringValue(fmt.Sprint("at ", time)))
	}

	if got, want := fmt.Sprint(run.Times, run.Texts), "[1 3 5] [at 1 at 3 at 5]"; got != want {
		t.Errorf("got %s want %s", got, want)
	}
}
