// Package wal is the write-ahead log: what it has accepted is on stable storage.
//
// The log is a sequence of files. A file is a header and records:
//
//	header  magic "TSDBWAL1" | salt (8 bytes) | CRC32C of both (u32)
//	record  magic "REC\xf5" | length of payload (u32) | CRC32C of salt, length, payload (u32) | payload
//
// Integers are little-endian. Every record is synced before the next one is
// written. Hence after a crash at most the last record of the last file can be
// damaged, it was never acknowledged, and it may be cut. Damage anywhere else
// is not from a crash and is reported instead. The salt keeps a payload from
// containing bytes that pass for a record when Replay looks behind damage.
package wal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"strconv"
	"strings"

	"example.com/timeseriesdb/internal/disk"
)

const (
	fileMagic   = "TSDBWAL1"
	saltSize    = 8
	headerSize  = len(fileMagic) + saltSize + 4
	recordMagic = "REC\xf5"
	recordHead  = len(recordMagic) + 4 + 4

	// maxPayload bounds one record, as lengths have 32 bits.
	maxPayload = 1 << 30

	suffix = ".wal"
)

// fileName returns the name of log file seq; names sort like their numbers.
func fileName(dir string, seq uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016d%s", seq, suffix))
}

// parseName returns the number of a log file, or false for another file.
func parseName(name string) (seq uint64, ok bool) {
	digits, isLog := strings.CutSuffix(name, suffix)
	seq, err := strconv.ParseUint(digits, 10, 64)
	return seq, isLog && err == nil
}

// castagnoli returns the table of CRC32C, which the crc32 package keeps.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// header returns the first bytes of a file with the given salt.
func header(salt []byte) []byte {
	head := append([]byte(fileMagic), salt...)
	return binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli()))
}

// checksum covers everything that says what a record is.
func checksum(salt, length []byte, payload ...[]byte) uint32 {
	table := castagnoli()
	sum := crc32.Update(crc32.Checksum(salt, table), table, length)
	for _, part := range payload {
		sum = crc32.Update(sum, table, part)
	}
	return sum
}

// appendRecord appends the record of the payload parts, joined, to dst.
func appendRecord(dst, salt []byte, payload [][]byte) []byte {
	size := 0
	for _, part := range payload {
		size += len(part)
	}
	dst = append(dst, recordMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(size))
	length := dst[len(dst)-4:]
	dst = binary.LittleEndian.AppendUint32(dst, checksum(salt, length, payload...))
	for _, part := range payload {
		dst = append(dst, part...)
	}
	return dst
}

// Remove deletes the log files up to and including number through.
func Remove(fs disk.FS, dir string, through uint64) error {
	seqs, err := list(fs, dir)
	if err != nil {
		return err
	}
	removed := false
	for _, seq := range seqs {
		if seq > through {
			continue
		}
		if err := fs.Remove(fileName(dir, seq)); err != nil {
			return fmt.Errorf("remove old log file: %w", err)
		}
		removed = true
	}
	if !removed {
		return nil
	}
	return fs.SyncDir(dir)
}

// list returns the numbers of the log files in dir, in order.
func list(fs disk.FS, dir string) ([]uint64, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list log files: %w", err)
	}
	var seqs []uint64
	for _, name := range names {
		if seq, ok := parseName(name); ok {
			seqs = append(seqs, seq)
		}
	}
	return seqs, nil
}
