// This file has the decoder of the elements of blocks and of the index.

package segment

import "encoding/binary"

// decoder takes elements from the front of rest. After input that is too short
// or malformed it returns zeros, and done reports false.
type decoder struct {
	rest   []byte
	failed bool
}

// done reports whether everything was decoded and nothing is left.
func (d *decoder) done() bool { return !d.failed && len(d.rest) == 0 }

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.failed, d.rest = true, nil
		return nil
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.failed, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.failed, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count decodes the length of a list. Each element takes at least a byte, so
// that a larger count is wrong and must not lead to a large allocation.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.failed, d.rest = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) word() uint64 {
	if data := d.take(8); data != nil {
		return binary.LittleEndian.Uint64(data)
	}
	return 0
}

func (d *decoder) byte() byte {
	if data := d.take(1); data != nil {
		return data[0]
	}
	return 0
}

func (d *decoder) text() string { return string(d.take(d.uvarint())) }
