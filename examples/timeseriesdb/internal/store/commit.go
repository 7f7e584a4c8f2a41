// This file has the committer: the goroutine that takes writes from the queue,
// brings a group of them to the log with one sync, and applies them.

package store

import (
	"fmt"
	"time"

	"example.com/timeseriesdb/internal/wal"
)

// A group ends at this many bytes or writes, so that the first of its writers
// does not wait for too many others.
const (
	groupBytes  = 8 << 20
	groupWrites = 1024
)

// request is a write, or the wish to flush, that waits in the queue.
type request struct {
	batch  []byte
	points int
	flush  bool
	answer chan error
}

// newRequest takes a request from the pool.
func (s *Store) newRequest() *request {
	if r, ok := s.pool.Get().(*request); ok {
		return r
	}
	return &request{answer: make(chan error, 1)}
}

// submit puts a request into the queue, waits for the answer and returns it.
func (s *Store) submit(r *request) error {
	s.gate.RLock()
	if s.closed {
		s.gate.RUnlock()
		return ErrClosed
	}
	s.queue <- r
	s.gate.RUnlock()

	err := <-r.answer
	r.points, r.flush = 0, false
	if cap(r.batch) <= 1<<20 { // a huge batch should not stay in memory
		s.pool.Put(r)
	}
	return err
}

// committer is the state of the goroutine; nobody else touches it before the
// goroutine has ended.
type committer struct {
	store *Store
	log   *wal.Log

	group    []*request
	admitted []*request // of the group
	batches  [][]byte   // of the admitted

	sealed    uint64     // the frozen memtable is in log files up to this one
	sealedWAL int64      // bytes of those files
	flushing  bool       // a flush runs in the background
	flushed   chan error // receives its result
	retryAt   time.Time  // when to try again after a failed flush
	flushErr  error      // of the last flush
	failing   int        // writes that failed since the last that did not
	merging   bool       // a merge runs in the background
	merged    chan struct{}
}

// start begins a new log file behind all there are.
func (c *committer) start(s *Store, last, through uint64) (err error) {
	c.store = s
	c.flushed = make(chan error, 1)
	c.merged = make(chan struct{}, 1)
	if last < through {
		last = through
	}
	c.log, err = wal.Create(s.options.FS, walDir(s.dir), last+1, wal.Options{NoSync: s.options.NoSync})
	return err
}

// runCommitter serves the queue until it is closed and empty.
func (s *Store) runCommitter() {
	defer close(s.done)
	s.committer.flushIfDue() // recovery may have filled the memory
	for first := range s.queue {
		c := &s.committer
		flush := c.collect(first)
		if len(c.group) > 0 {
			c.commit()
		}
		if flush != nil {
			flush.answer <- c.flushNow()
		}
		c.flushIfDue()
	}
}

// collect makes a group of first and what else waits already. A wish to flush
// ends the group and is returned.
func (c *committer) collect(first *request) (flush *request) {
	c.group = c.group[:0]
	bytes := 0
	for r := first; ; {
		if r.flush {
			return r
		}
		c.group = append(c.group, r)
		bytes += len(r.batch)
		if bytes >= groupBytes || len(c.group) >= groupWrites {
			return nil
		}
		select {
		case next, open := <-c.store.queue:
			if !open {
				return nil
			}
			r = next
		default:
			return nil
		}
	}
}

// commit stores a group and answers every write in it.
//
// The group is one record of the log, so that a crash leaves all of it or
// nothing, and at most one unsynced record.
func (c *committer) commit() {
	if err := c.makeRoom(); err != nil {
		answer(c.group, c.notStored(len(c.group), err))
		return
	}
	c.admit()
	if len(c.admitted) == 0 {
		return
	}
	before := c.log.Stats()
	err := c.log.Append(c.batches...)
	after := c.log.Stats()
	c.store.counts.walBytes.Add(after.Bytes - before.Bytes)
	c.store.counts.syncs.Store(after.Syncs)
	if err != nil {
		c.store.catalog.rollback()
		answer(c.admitted, c.notStored(len(c.admitted), err))
		return
	}
	c.apply()
}

// admit checks each write of the group against the catalog and answers those
// that are refused.
func (c *committer) admit() {
	c.admitted, c.batches = c.admitted[:0], c.batches[:0]
	for _, r := range c.group {
		if err := c.store.catalog.admit(r.batch); err != nil {
			c.store.counts.refused.Add(1)
			r.answer <- err
			continue
		}
		c.admitted = append(c.admitted, r)
		c.batches = append(c.batches, r.batch)
	}
}

// apply makes what is in the log visible and acknowledges it.
func (c *committer) apply() {
	c.store.catalog.keep()
	if c.failing > 0 {
		c.store.options.Log.Info("writes are stored again", "failed", c.failing)
		c.failing = 0
	}
	if err := c.store.active.apply(c.store.catalog, c.batches...); err != nil {
		// The batches were decoded once for admission, hence this is a bug, and
		// going on would acknowledge what readers do not see.
		panic(fmt.Sprintf("store: apply admitted batch: %v", err))
	}
	for _, r := range c.admitted {
		c.store.counts.points.Add(int64(r.points))
		c.store.counts.writes.Add(1)
		r.answer <- nil
	}
}

// notStored counts a failure of the disk and makes the answer to it. Only the
// first failure in a row is logged: the log may be on the disk that is full.
func (c *committer) notStored(writes int, cause error) error {
	c.store.counts.failed.Add(int64(writes))
	if c.failing == 0 {
		c.store.options.Log.Error("writes are not stored", "cause", cause)
	}
	c.failing += writes
	return fmt.Errorf("%w: %w", ErrNotStored, cause)
}

func answer(requests []*request, err error) {
	for _, r := range requests {
		r.answer <- err
	}
}
