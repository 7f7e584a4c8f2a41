// This file tests the log: what is replayed after crashes, damage and failing disks.

package wal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"example.com/timeseriesdb/internal/disk/simdisk"
)

const dir = "wal"

// create starts a log or ends the test.
func create(t *testing.T, disk *simdisk.Disk, seq uint64) *Log {
	t.Helper()
	log, err := Create(disk, dir, seq, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// appendAll appends records or ends the test.
func appendAll(t *testing.T, log *Log, records ...string) {
	t.Helper()
	for _, record := range records {
		if err := log.Append([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
}

// replay returns the records of the log.
func replay(disk *simdisk.Disk, after uint64) (records []string, report Report, err error) {
	report, err = Replay(disk, dir, after, func(payload []byte) error {
		records = append(records, string(payload))
		return nil
	})
	return records, report, err
}

// expect ends the test unless the log has exactly these records.
func expect(t *testing.T, disk *simdisk.Disk, want ...string) Report {
	t.Helper()
	records, report, err := replay(disk, 0)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(records) != fmt.Sprint(want) {
		t.Fatalf("replayed %q, want %q", records, want)
	}
	return report
}

func nothing(int) int      { return 0 }
func everything(n int) int { return n }

func TestReplayReturnsRecordsOfAllFilesInOrder(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "one", "two")
	if err := log.Rotate(); err != nil {
		t.Fatal(err)
	}
	if err := log.Append([]byte("th"), nil, []byte("ree")); err != nil { // parts of one record
		t.Fatal(err)
	}

	disk = disk.Crash(nothing)

	report := expect(t, disk, "one", "two", "three")
	if report.Last != 2 || report.Records != 3 || report.Cut != nil {
		t.Errorf("report %+v", report)
	}
	if records, _, _ := replay(disk, 1); fmt.Sprint(records) != "[three]" {
		t.Errorf("behind file 1 there is %q, want [three]", records)
	}
}

func TestRemoveDeletesOnlyOldFiles(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "old")
	if err := log.Rotate(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, log, "new")

	if err := Remove(disk, dir, 1); err != nil {
		t.Fatal(err)
	}
	disk = disk.Crash(nothing)

	expect(t, disk, "new")
}

func TestTornTailIsCutAtEveryOffset(t *testing.T) {
	disk := simdisk.New()
	appendAll(t, create(t, disk, 1), "first", "second")
	whole := disk.Content(fileName(dir, 1))
	start := len(whole) - recordHead - len("second")

	for size := start; size < len(whole); size++ {
		disk := simdisk.New()
		disk.SetContent(fileName(dir, 1), whole[:size])

		report := expect(t, disk, "first")

		if torn := size > start; torn != (report.Cut != nil) {
			t.Fatalf("size %d: cut %+v", size, report.Cut)
		}
		if got := len(disk.Content(fileName(dir, 1))); got != start {
			t.Fatalf("size %d: file has %d bytes after replay, want %d", size, got, start)
		}
		// The next start must not find the scar.
		appendAll(t, create(t, disk, 2), "third")
		expect(t, disk, "first", "third")
	}
}

func TestTornHeaderIsAnEmptyLog(t *testing.T) {
	for size := 0; size < headerSize; size++ {
		disk := simdisk.New()
		disk.SetContent(fileName(dir, 1), header(make([]byte, saltSize))[:size])

		expect(t, disk)
		appendAll(t, create(t, disk, 2), "after")
		expect(t, disk, "after")
	}
}

// TestDamageIsNeverOverlooked flips every bit pattern of one byte, everywhere
// in a log of three records: only the last record may get lost.
func TestDamageIsNeverOverlooked(t *testing.T) {
	disk := simdisk.New()
	appendAll(t, create(t, disk, 1), "first", "second", "third")
	whole := disk.Content(fileName(dir, 1))
	lastStart := len(whole) - recordHead - len("third")

	for at := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 0x41
		disk := simdisk.New()
		disk.SetContent(fileName(dir, 1), damaged)

		records, _, err := replay(disk, 0)

		if at >= lastStart {
			if err != nil || fmt.Sprint(records) != "[first second]" {
				t.Fatalf("byte %d: got %q, %v; want the last record to be cut", at, records, err)
			}
			continue
		}
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), fileName(dir, 1)) || !strings.Contains(err.Error(), "offset") {
			t.Fatalf("byte %d: error %v, want ErrCorrupt with file and offset", at, err)
		}
		if !bytes.Equal(disk.Content(fileName(dir, 1)), damaged) {
			t.Fatalf("byte %d: the file was changed", at)
		}
	}
}

func TestTornRecordInAnEarlierFileIsCorruption(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "first", "second")
	if err := log.Rotate(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, log, "third")
	whole := disk.Content(fileName(dir, 1))
	disk.SetContent(fileName(dir, 1), whole[:len(whole)-1])

	_, _, err := replay(disk, 0)

	if !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v, want ErrCorrupt", err)
	}
}

func TestEmptyFileBehindTheLastDoesNotMakeATornTailCorruption(t *testing.T) {
	disk := simdisk.New()
	appendAll(t, create(t, disk, 1), "first", "second")
	whole := disk.Content(fileName(dir, 1))
	disk.SetContent(fileName(dir, 1), whole[:len(whole)-1])
	create(t, disk, 2) // as a rotation leaves it that failed after creating the file

	expect(t, disk, "first")
}

func TestPayloadThatLooksLikeARecordIsNotTakenForOne(t *testing.T) {
	forged := string(appendRecord(nil, make([]byte, saltSize), [][]byte{[]byte("forged")}))
	disk := simdisk.New()
	appendAll(t, create(t, disk, 1), "first", "x"+forged+"x")
	whole := disk.Content(fileName(dir, 1))
	disk.SetContent(fileName(dir, 1), whole[:len(whole)-1])

	expect(t, disk, "first")
}

func TestFullDiskLosesOnlyWhatWasNotAcknowledged(t *testing.T) {
	record := strings.Repeat("x", 100)
	for free := int64(0); free < 120; free += 7 {
		disk := simdisk.New()
		log := create(t, disk, 1)
		appendAll(t, log, "before")

		disk.SetFree(free)
		err := log.Append([]byte(record))
		if free < int64(recordHead+len(record)) != errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("%d bytes free: got %v", free, err)
		}
		disk.SetUnlimited()
		want := []string{"before", "after"}
		if err == nil {
			want = []string{"before", record, "after"}
		}
		appendAll(t, log, "after")

		disk = disk.Crash(nothing)
		expect(t, disk, want...)
	}
}

func TestLogRefusesWritesUntilTheTornRecordIsCut(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "before")
	disk.SetFree(5)
	disk.FailTruncates(2)

	for i := 0; i < 2; i++ {
		if err := log.Append([]byte("refused")); err == nil || !strings.Contains(err.Error(), "refuses writes") {
			t.Fatalf("attempt %d: got %v, want a refusal", i, err)
		}
	}
	disk.SetUnlimited()
	appendAll(t, log, "after")

	expect(t, disk, "before", "after")
}

func TestFileWithATornRecordIsNotLeftBehind(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "before")
	disk.SetFree(5)
	disk.FailTruncates(2)
	if err := log.Append([]byte("refused")); err == nil {
		t.Fatal("a write to a full disk was acknowledged")
	}
	disk.SetUnlimited()

	if err := log.Rotate(); err == nil { // the second cut fails as well
		t.Fatal("the log went on to a new file behind a torn record")
	}
	if err := log.Rotate(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, log, "after")

	expect(t, disk, "before", "after")
}

func TestFailedSyncAbandonsTheFile(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "before")
	disk.FailSyncs(1)

	if err := log.Append([]byte("refused")); !errors.Is(err, simdisk.ErrIO) {
		t.Fatalf("got %v, want %v", err, simdisk.ErrIO)
	}
	appendAll(t, log, "after")

	if log.Seq() != 2 || !log.Suspect() {
		t.Errorf("file %d, suspect %v; want the log to go on in file 2", log.Seq(), log.Suspect())
	}
	// simdisk drops what a failed sync did not write, though later syncs
	// succeed: in the old file "after" would be gone now.
	disk = disk.Crash(nothing)
	expect(t, disk, "before", "after")
}

func TestSyncsThatFailDuringRepairDelayTheNextWrite(t *testing.T) {
	disk := simdisk.New()
	log := create(t, disk, 1)
	appendAll(t, log, "before")
	disk.FailSyncs(4) // the record, the cut, the cut again, the new file

	for i := 0; i < 3; i++ {
		if err := log.Append([]byte("refused")); err == nil {
			t.Fatalf("attempt %d was acknowledged", i)
		}
	}
	appendAll(t, log, "after")

	disk = disk.Crash(everything)
	expect(t, disk, "before", "after")
}

func TestReplayedRecordsAreDurableBeforeNewOnesFollow(t *testing.T) {
	disk := simdisk.New()
	unsynced, err := Create(disk, dir, 1, Options{NoSync: true}) // as a process that was killed before its sync
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, unsynced, "first")

	expect(t, disk, "first")
	appendAll(t, create(t, disk, 2), "second")

	disk = disk.Crash(nothing)
	expect(t, disk, "first", "second")
}
