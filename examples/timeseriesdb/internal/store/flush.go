// This file has the flush: a frozen memtable becomes a segment.

package store

import (
	"errors"
	"fmt"

	"example.com/timeseriesdb/internal/wal"
)

// flushIfDue starts a flush in the background when memtable or log are large,
// or when the log had to leave a file that it does not trust.
func (c *committer) flushIfDue() {
	c.noteFlush()
	if c.flushing || !c.store.options.Now().After(c.retryAt) {
		return
	}
	if c.store.frozen == nil && c.due() {
		c.freeze()
	}
	if c.store.frozen != nil {
		c.startFlush()
	}
}

// due reports whether the active memtable should be flushed.
func (c *committer) due() bool {
	limit := c.store.options.FlushBytes
	return c.store.active.size() >= limit || c.store.counts.walBytes.Load() >= limit || c.log.Suspect()
}

// freeze ends the log file and makes the active memtable the frozen one. If
// the log cannot have a new file, everything stays as it is until later.
func (c *committer) freeze() {
	before := c.log.Stats().Bytes
	if err := c.log.Rotate(); err != nil {
		c.failed(err)
		return
	}
	c.store.counts.walBytes.Add(c.log.Stats().Bytes - before)
	c.sealed, c.sealedWAL = c.log.Seq()-1, c.store.counts.walBytes.Load()-c.log.Size()
	c.log.Trust() // what was abandoned is about to be flushed
	c.store.freezeActive()
}

// freezeActive puts a new memtable in the place of the active one.
func (s *Store) freezeActive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen, s.active = s.active, newMemtable()
}

// startFlush flushes the frozen memtable in the background.
func (c *committer) startFlush() {
	c.flushing = true
	frozen, sealed := c.store.frozen, c.sealed
	go func() { c.flushed <- c.store.flush(frozen, sealed) }()
}

// noteFlush takes the result of a flush in the background, if there is one.
func (c *committer) noteFlush() {
	select {
	case err := <-c.flushed:
		c.flushEnded(err)
	default:
	}
}

func (c *committer) flushEnded(err error) {
	c.flushing = false
	if err != nil {
		c.failed(err)
		return
	}
	c.flushErr = nil
	c.store.counts.walBytes.Add(-c.sealedWAL)
	c.sealedWAL = 0
	c.startMerge()
}

// startMerge merges segments in the background, if there are too many. A merge
// may take long, so that flushes do not wait for it.
func (c *committer) startMerge() {
	select {
	case <-c.merged:
		c.merging = false
	default:
	}
	if c.merging {
		return
	}
	c.merging = true
	go func() {
		if err := c.store.compact(); err != nil {
			c.store.options.Log.Warn("segments could not be merged", "cause", err)
		}
		c.merged <- struct{}{}
	}()
}

// awaitMerge waits for the merge in the background, if there is one.
func (c *committer) awaitMerge() {
	if c.merging {
		<-c.merged
		c.merging = false
	}
}

// failed notes that a flush failed, and delays the next one.
func (c *committer) failed(err error) {
	c.flushErr = err
	c.retryAt = c.store.options.Now().Add(c.store.options.RetryFlush)
	c.store.counts.flushFailures.Add(1)
	c.store.options.Log.Warn("flush failed, data stays in memory and in the log", "cause", err)
}

// makeRoom refuses to let memory grow without end when flushes are too slow,
// where it waits, or fail, where it gives up.
func (c *committer) makeRoom() error {
	c.noteFlush()
	if c.store.active.size() < 2*c.store.options.FlushBytes {
		return nil
	}
	if c.flushing {
		c.flushEnded(<-c.flushed)
	}
	c.flushIfDue()
	if c.store.active.size() < 2*c.store.options.FlushBytes {
		return nil
	}
	return fmt.Errorf("memory is full and cannot be flushed: %w", c.flushErr)
}

// flushNow flushes everything and waits for it, and for merges.
func (c *committer) flushNow() error {
	defer c.awaitMerge()
	if c.flushing {
		c.flushEnded(<-c.flushed)
	}
	for _, freeze := range []bool{false, true} {
		if freeze {
			if c.freeze(); c.store.frozen == nil {
				return c.flushErr
			}
		}
		if c.store.frozen == nil {
			continue
		}
		err := c.store.flush(c.store.frozen, c.sealed)
		if c.flushEnded(err); err != nil {
			return err
		}
	}
	return nil
}

// finish flushes what is left and closes the log, when the committer has ended.
func (c *committer) finish() error {
	err := c.flushNow()
	seq := c.log.Seq()
	err = errors.Join(err, c.log.Close())
	if err != nil {
		return err
	}
	// The last log file has no records. Without it there is nothing to replay.
	return wal.Remove(c.store.options.FS, walDir(c.store.dir), seq)
}

// flush writes a frozen memtable as a segment and removes its log files.
func (s *Store) flush(frozen *memtable, sealed uint64) error {
	added, err := s.writeMemtable(frozen, sealed)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if added != nil {
		s.segments = append(s.segments[:len(s.segments):len(s.segments)], added)
	}
	s.frozen = nil
	s.mu.Unlock()
	s.counts.flushes.Add(1)

	// A failure from here on loses nothing: a log file that stays is known to
	// be covered by a segment.
	if err := wal.Remove(s.options.FS, walDir(s.dir), sealed); err != nil {
		s.options.Log.Warn("old log files stay until the next flush or start", "cause", err)
	}
	return nil
}
