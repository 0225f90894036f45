package main

import (
	"bufio"
	"bytes"
	"container/list"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"presync.dev/engine/operations"
	"presync.dev/engine/protocol"
	"presync.dev/engine/vfs"
)

// sessionLimits bound one message, and what is kept between requests.
type sessionLimits struct{ lineBytes, trees, blobBytes int }

// A message holds at most the blobs of one need, in base64; the host bounds what a request may read.
var defaultLimits = sessionLimits{lineBytes: 512 << 20, trees: 32, blobBytes: 256 << 20}

// session speaks the protocol over two streams; what it keeps between requests is content-addressed and bounded.
type session struct {
	limits sessionLimits
	in     *bufio.Reader
	out    io.Writer
	trees  *cache[listing]
	blobs  *cache[[]byte]
	// What libraries say aside; nil where nobody listens.
	warnings *warnings
	id       int
	fs       *vfs.FS
	// What went wrong between this request and the host.
	lost error
}

// listing is a tree, or the reason why it cannot be one.
type listing struct {
	tree    *vfs.Tree
	refused error
}

func newSession(in io.Reader, out io.Writer, limits sessionLimits) *session {
	return &session{
		limits: limits,
		in:     bufio.NewReaderSize(in, 1<<20),
		out:    out,
		trees:  newCache(limits.trees, func(listing) int { return 1 }),
		blobs:  newCache(limits.blobBytes, func(blob []byte) int { return len(blob) + 64 }),
	}
}

// send writes one line; an answer that is too long for one ends as an error.
func (s *session) send(message protocol.Outgoing) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(message); err != nil {
		return err
	}
	if line.Len() > s.limits.lineBytes {
		failure := &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("the answer is larger than %d bytes", s.limits.lineBytes)}
		return s.send(protocol.Outgoing{ID: message.ID, Error: failure, Reads: []protocol.Reads{}})
	}
	_, err := s.out.Write(line.Bytes())
	return err
}

func (s *session) read() (*protocol.Incoming, error) {
	var line []byte
	for {
		part, err := s.in.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		if len(line) > s.limits.lineBytes {
			return nil, fmt.Errorf("a message is longer than %d bytes", s.limits.lineBytes)
		}
	}
	return protocol.Decode(line)
}

// next is the next message that is no tree; trees are kept on the way.
func (s *session) next() (*protocol.Incoming, error) {
	for {
		message, err := s.read()
		if err != nil {
			return nil, err
		}
		if message.Tree == "" {
			return message, nil
		}
		if err := protocol.CheckEntries(message.Entries); err != nil {
			s.trees.put(message.Tree, listing{refused: err})
		} else {
			s.trees.put(message.Tree, listing{tree: vfs.NewTree(message.Tree, message.Entries)})
		}
	}
}

// serve answers requests until the host closes the stream.
func (s *session) serve() error {
	for {
		request, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.send(s.answer(request)); err != nil {
			return err
		}
	}
}

func (s *session) answer(request *protocol.Incoming) protocol.Outgoing {
	s.id, s.lost = request.ID, nil
	mounted, failure := s.mounted(request.Mounts)
	if failure != nil {
		return protocol.Outgoing{ID: s.id, Error: failure, Reads: []protocol.Reads{}}
	}
	s.fs = vfs.New(s, mounted...)
	work := &operations.Request{FS: s.fs, Input: request.Input, Limits: request.Limits, Remotes: s.remotes}
	result, failure := operations.Run(request.Op, work)
	said := s.warnings.take()
	answer := protocol.Outgoing{ID: s.id, Error: failure, Reads: s.fs.Reads()}
	if failure == nil {
		result.Warnings = append(result.Warnings, said...)
		answer.OK = result
	}
	return answer
}

// mounted looks the trees up; those that are not here any more are asked for once.
func (s *session) mounted(mounts []protocol.Mount) ([]vfs.Mounted, *protocol.Error) {
	var missing []string
	for _, mount := range mounts {
		if _, kept := s.trees.get(mount.Tree); !kept {
			missing = append(missing, mount.Tree)
		}
	}
	if len(missing) > 0 {
		if _, err := s.ask(protocol.Need{Trees: missing}); err != nil {
			return nil, lost(err)
		}
	}
	mounted := make([]vfs.Mounted, 0, len(mounts))
	for _, mount := range mounts {
		kept, known := s.trees.get(mount.Tree)
		if !known {
			return nil, &protocol.Error{Code: protocol.Internal, Message: fmt.Sprintf("the host did not give tree %s", mount.Tree)}
		}
		if kept.refused != nil {
			return nil, &protocol.Error{Code: protocol.Denied, Message: kept.refused.Error()}
		}
		mounted = append(mounted, vfs.Mounted{At: mount.At, Tree: kept.tree})
	}
	return mounted, nil
}

func lost(err error) *protocol.Error {
	return &protocol.Error{Code: protocol.Internal, Message: "the host did not answer well: " + err.Error()}
}

// ask is one question to the host. After a wrong answer the request asks nothing more: libraries try again, or go on without.
func (s *session) ask(need protocol.Need) (*protocol.Incoming, error) {
	if s.lost != nil {
		return nil, s.lost
	}
	answer, err := s.exchange(need)
	s.lost = err
	return answer, err
}

func (s *session) exchange(need protocol.Need) (*protocol.Incoming, error) {
	if err := s.send(protocol.Outgoing{ID: s.id, Need: &need}); err != nil {
		return nil, err
	}
	answer, err := s.next()
	if err == nil && answer.ID != s.id {
		return nil, fmt.Errorf("an answer to request %d came while %d was waiting", answer.ID, s.id)
	}
	return answer, err
}

// Blobs brings contents into the cache in one question to the host.
func (s *session) Blobs(oids []string) error {
	var missing []string
	for _, oid := range oids {
		if _, kept := s.blobs.get(oid); !kept {
			missing = append(missing, oid)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	answer, err := s.ask(protocol.Need{Blobs: missing})
	if err != nil {
		return lost(err)
	}
	for oid, encoded := range answer.Blobs {
		content, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			s.lost = errors.New("a blob is not base64")
			return lost(s.lost)
		}
		s.blobs.put(oid, content)
	}
	return nil
}

// Blob is one content; what the host does not have is an error, never an empty file.
func (s *session) Blob(oid string) ([]byte, error) {
	if content, kept := s.blobs.get(oid); kept {
		return content, nil
	}
	if err := s.Blobs([]string{oid}); err != nil {
		return nil, err
	}
	if content, kept := s.blobs.get(oid); kept {
		return content, nil
	}
	return nil, &protocol.Error{Code: protocol.Limit, Message: fmt.Sprintf("the content of blob %s is missing or too large", oid)}
}

func (s *session) remotes(wanted []protocol.Remote) error {
	answer, err := s.ask(protocol.Need{Remotes: wanted})
	if err != nil {
		return lost(err)
	}
	if len(answer.Denied) > 0 {
		denied := answer.Denied[0]
		return &protocol.Error{Code: protocol.RemoteCode, Message: fmt.Sprintf("%s is needed: %s", denied.URL, denied.Reason)}
	}
	mounted, failure := s.mounted(answer.Mounts)
	if failure != nil {
		return failure
	}
	for _, one := range mounted {
		s.fs.Mount(one)
	}
	return nil
}

// cache keeps the most recently used values up to a total weight.
type cache[V any] struct {
	limit, weight int
	weigh         func(V) int
	order         *list.List
	items         map[string]*list.Element
}

type cached[V any] struct {
	key   string
	value V
}

func newCache[V any](limit int, weigh func(V) int) *cache[V] {
	return &cache[V]{limit: limit, weigh: weigh, order: list.New(), items: map[string]*list.Element{}}
}

func (c *cache[V]) get(key string) (value V, kept bool) {
	element, kept := c.items[key]
	if !kept {
		return value, false
	}
	c.order.MoveToFront(element)
	return element.Value.(cached[V]).value, true
}

// put keeps the newest value whatever it weighs, and drops the oldest ones until the rest fits.
func (c *cache[V]) put(key string, value V) {
	if _, kept := c.get(key); kept {
		return
	}
	c.items[key] = c.order.PushFront(cached[V]{key, value})
	c.weight += c.weigh(value)
	for c.weight > c.limit && c.order.Len() > 1 {
		oldest := c.order.Remove(c.order.Back()).(cached[V])
		delete(c.items, oldest.key)
		c.weight -= c.weigh(oldest.value)
	}
}
