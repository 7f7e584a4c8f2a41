// This file has the numbers that a store keeps about itself.

package store

import "sync/atomic"

// counters are changed as things happen.
type counters struct {
	points, writes, refused, failed atomic.Int64
	flushes, flushFailures, merges  atomic.Int64
	syncs, walBytes                 atomic.Int64
}

// Stats are numbers about a store. Totals count from its opening.
type Stats struct {
	Points        int64 // total of points acknowledged
	Writes        int64 // total of batches acknowledged
	Refused       int64 // total of batches that did not fit
	Failed        int64 // total of batches that the disk did not take
	Series        int64
	MemtableBytes int64
	WALBytes      int64 // of log files that are not flushed yet
	WALSyncs      int64 // total
	Segments      int64
	SegmentBytes  int64
	Flushes       int64 // total
	FlushFailures int64 // total
	Merges        int64 // total
}

// Stats returns the present numbers.
func (s *Store) Stats() Stats {
	stats := Stats{
		Points: s.counts.points.Load(), Writes: s.counts.writes.Load(),
		Refused: s.counts.refused.Load(), Failed: s.counts.failed.Load(),
		WALBytes: s.counts.walBytes.Load(), WALSyncs: s.counts.syncs.Load(),
		Flushes: s.counts.flushes.Load(), FlushFailures: s.counts.flushFailures.Load(),
		Merges: s.counts.merges.Load(), Series: int64(s.catalog.count()),
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	stats.MemtableBytes = s.active.size()
	if s.frozen != nil {
		stats.MemtableBytes += s.frozen.size()
	}
	for _, seg := range s.segments {
		stats.Segments++
		stats.SegmentBytes += seg.Size()
	}
	return stats
}
