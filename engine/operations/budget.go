package operations

import (
	"fmt"

	"presync.dev/engine/protocol"
)

// What a request may produce that came without limits.
const (
	defaultOutputBytes = 64 << 20
	defaultDocuments   = 50_000
	defaultFiles       = 20_000
)

// budget counts what a request produces against the limits that it came with.
type budget struct {
	limits    protocol.Limits
	bytes     int64
	documents int
}

func newBudget(limits protocol.Limits) *budget {
	budget := &budget{limits: limits}
	if limits.OutputBytes <= 0 {
		budget.limits.OutputBytes = defaultOutputBytes
	}
	if limits.Documents <= 0 {
		budget.limits.Documents = defaultDocuments
	}
	if limits.Files <= 0 {
		budget.limits.Files = defaultFiles
	}
	return budget
}

func (b *budget) outputBytes() int64 { return int64(b.limits.OutputBytes) }

func (b *budget) addDocument(size int) error {
	b.documents++
	if b.documents > b.limits.Documents {
		return limitError(fmt.Sprintf("the result has more than %d documents", b.limits.Documents))
	}
	return b.addBytes(size)
}

func (b *budget) addBytes(size int) error {
	b.bytes += int64(size)
	if b.bytes > b.outputBytes() {
		return limitError(fmt.Sprintf("the result is larger than %d bytes", b.limits.OutputBytes))
	}
	return nil
}
