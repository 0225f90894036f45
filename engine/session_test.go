package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"presync.dev/engine/protocol"
)

// answered is an Outgoing as a host reads it.
type answered struct {
	ID   int            `json:"id"`
	Need *protocol.Need `json:"need"`
	OK   *struct {
		Objects []struct {
			Manifest json.RawMessage `json:"manifest"`
		} `json:"objects"`
	} `json:"ok"`
	Error *protocol.Error  `json:"error"`
	Reads []protocol.Reads `json:"reads"`
}

// host is the other end of a session; the files of its trees are their own object names.
type host struct {
	t     *testing.T
	to    io.WriteCloser
	from  *bufio.Reader
	ended chan error
}

func startSession(t *testing.T, limits sessionLimits) *host {
	t.Helper()
	engineIn, to := io.Pipe()
	from, engineOut := io.Pipe()
	h := &host{t: t, to: to, from: bufio.NewReader(from), ended: make(chan error, 1)}
	go func() {
		h.ended <- newSession(engineIn, engineOut, limits).serve()
		_ = engineOut.Close()
		_ = engineIn.Close()
	}()
	t.Cleanup(func() { _ = to.Close() })
	return h
}

func (h *host) send(message any) {
	h.t.Helper()
	line, err := json.Marshal(message)
	if err != nil {
		h.t.Fatal(err)
	}
	h.sendLine(string(line))
}

func (h *host) sendLine(line string) {
	h.t.Helper()
	if _, err := io.WriteString(h.to, line+"\n"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) next() answered {
	h.t.Helper()
	line, err := h.from.ReadBytes('\n')
	if err != nil {
		h.t.Fatalf("the session ended: %v", err)
	}
	var message answered
	if err := json.Unmarshal(line, &message); err != nil {
		h.t.Fatalf("%v in %s", err, line)
	}
	return message
}

func (h *host) tree(id string, content map[string]string) {
	entries := [][3]string{}
	for name := range content {
		entries = append(entries, [3]string{name, "100644", id + ":" + name})
	}
	h.send(map[string]any{"tree": id, "entries": entries})
}

func (h *host) build(id int, tree string) {
	h.send(map[string]any{"id": id, "op": "kustomize.build", "mounts": []protocol.Mount{{At: "/", Tree: tree}}, "input": map[string]any{"path": "/"}})
}

// serveBlobs answers needs for blobs until the request is over.
func (h *host) serveBlobs(trees map[string]map[string]string) answered {
	h.t.Helper()
	for {
		message := h.next()
		if message.Need == nil {
			return message
		}
		if len(message.Need.Blobs) == 0 {
			h.t.Fatalf("needs %+v", message.Need)
		}
		blobs := map[string]string{}
		for _, oid := range message.Need.Blobs {
			tree, name, _ := strings.Cut(oid, ":")
			if content, known := trees[tree][name]; known {
				blobs[oid] = base64.StdEncoding.EncodeToString([]byte(content))
			}
		}
		h.send(map[string]any{"id": message.ID, "blobs": blobs})
	}
}

// errorOf is the code and the sentence of an answer that must be an error.
func errorOf(t *testing.T, message answered) (code, sentence string) {
	t.Helper()
	if message.Error == nil {
		t.Fatalf("no error: %+v", message)
	}
	return message.Error.Code, message.Error.Message
}

var shop = map[string]string{
	"kustomization.yaml": "resources: [settings.yaml]\n",
	"settings.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
}

func TestARequestAsksForWhatItReadsAndSaysWhatItRead(t *testing.T) {
	h := startSession(t, defaultLimits)
	h.tree("one", shop)
	h.build(7, "one")
	answer := h.serveBlobs(map[string]map[string]string{"one": shop})
	if answer.ID != 7 || answer.OK == nil || len(answer.OK.Objects) != 1 {
		t.Fatalf("got %+v", answer)
	}
	want := [][2]string{{"kustomization.yaml", "one:kustomization.yaml"}, {"settings.yaml", "one:settings.yaml"}}
	if len(answer.Reads) != 1 || answer.Reads[0].At != "/" || !slices.Equal(answer.Reads[0].Files, want) {
		t.Errorf("reads %+v", answer.Reads)
	}
	if !slices.Contains(answer.Reads[0].Absent, "kustomization.yml") {
		t.Errorf("a file that would have changed the build is not among the absent: %+v", answer.Reads)
	}
}

func TestBlobsAreAskedForOnce(t *testing.T) {
	h := startSession(t, defaultLimits)
	h.tree("one", shop)
	h.build(1, "one")
	h.serveBlobs(map[string]map[string]string{"one": shop})
	h.build(2, "one")
	if second := h.next(); second.OK == nil {
		t.Errorf("got %+v", second)
	}
}

func TestATreeThatWasDroppedIsAskedForAgain(t *testing.T) {
	limits := defaultLimits
	limits.trees = 2
	h := startSession(t, limits)
	for _, id := range []string{"one", "two", "three"} {
		h.tree(id, shop)
	}
	h.build(3, "one")
	need := h.next()
	if need.Need == nil || !slices.Equal(need.Need.Trees, []string{"one"}) {
		t.Fatalf("got %+v", need)
	}
	h.tree("one", shop)
	h.send(map[string]any{"id": 3, "blobs": map[string]string{}})
	if answer := h.serveBlobs(map[string]map[string]string{"one": shop}); answer.OK == nil {
		t.Errorf("got %+v", answer.Error)
	}
}

func TestATreeThatIsNotGivenIsAnError(t *testing.T) {
	h := startSession(t, defaultLimits)
	h.build(3, "unknown")
	h.next()
	h.send(map[string]any{"id": 3, "blobs": map[string]string{}})
	if code, sentence := errorOf(t, h.next()); code != protocol.Internal || !strings.Contains(sentence, "unknown") {
		t.Errorf("got %s: %s", code, sentence)
	}
}

// An absent content must never be an empty file: an empty manifest would be a green check.
func TestABlobThatIsNotGivenIsAnError(t *testing.T) {
	h := startSession(t, defaultLimits)
	h.tree("one", shop)
	h.build(4, "one")
	partly := map[string]string{"kustomization.yaml": shop["kustomization.yaml"]}
	if code, sentence := errorOf(t, h.serveBlobs(map[string]map[string]string{"one": partly})); code != protocol.Limit || !strings.Contains(sentence, "one:settings.yaml") {
		t.Errorf("got %s: %s", code, sentence)
	}
}

func TestABlobThatIsNotBase64IsAnError(t *testing.T) {
	h := startSession(t, defaultLimits)
	h.tree("one", shop)
	h.build(4, "one")
	need := h.next()
	h.send(map[string]any{"id": 4, "blobs": map[string]string{need.Need.Blobs[0]: "%%%"}})
	if code, _ := errorOf(t, h.next()); code != protocol.Internal {
		t.Errorf("got %s", code)
	}
}

func TestAnAnswerToAnotherRequestIsAnError(t *testing.T) {
	h := startSession(t, defaultLimits)
	h.tree("one", shop)
	h.build(4, "one")
	h.next()
	h.send(map[string]any{"id": 5, "blobs": map[string]string{}})
	if code, sentence := errorOf(t, h.next()); code != protocol.Internal || !strings.Contains(sentence, "request 5") {
		t.Errorf("got %s: %s", code, sentence)
	}
}

var withBase = map[string]string{"kustomization.yaml": "resources: ['https://github.com/acme/bases//shop?ref=v1']\n"}

// needForBase starts a build of a remote base and returns what is asked for.
func needForBase(t *testing.T, h *host) protocol.Remote {
	t.Helper()
	h.tree("one", withBase)
	h.build(5, "one")
	first := h.next()
	h.send(map[string]any{"id": 5, "blobs": map[string]string{first.Need.Blobs[0]: base64.StdEncoding.EncodeToString([]byte(withBase["kustomization.yaml"]))}})
	need := h.next()
	if need.Need == nil || len(need.Need.Remotes) != 1 {
		t.Fatalf("got %+v", need)
	}
	return need.Need.Remotes[0]
}

func TestARemoteThatIsDeniedIsAnErrorWithTheReason(t *testing.T) {
	h := startSession(t, defaultLimits)
	wanted := needForBase(t, h)
	h.send(map[string]any{"id": 5, "denied": []protocol.Denial{{URL: wanted.URL, Reason: "the host is not on the list"}}})
	if code, sentence := errorOf(t, h.next()); code != protocol.RemoteCode || !strings.Contains(sentence, "the host is not on the list") {
		t.Errorf("got %s: %s", code, sentence)
	}
}

func TestARemoteThatIsMountedIsBuiltAndItsReadsAreItsOwn(t *testing.T) {
	h := startSession(t, defaultLimits)
	wanted := needForBase(t, h)
	if wanted.Kind != "git" || wanted.Ref != "v1" || wanted.Path != "shop" {
		t.Fatalf("got %+v", wanted)
	}
	base := map[string]string{"shop/kustomization.yaml": "resources: [x.yaml]\n", "shop/x.yaml": shop["settings.yaml"]}
	h.tree("base", base)
	h.send(map[string]any{"id": 5, "mounts": []protocol.Mount{{At: wanted.At, Tree: "base"}}})
	answer := h.serveBlobs(map[string]map[string]string{"base": base, "one": withBase})
	if answer.OK == nil || len(answer.OK.Objects) != 1 {
		t.Fatalf("got %+v", answer.Error)
	}
	at := slices.IndexFunc(answer.Reads, func(reads protocol.Reads) bool { return reads.At == wanted.At })
	if at < 0 || len(answer.Reads[at].Files) != 2 {
		t.Errorf("reads %+v", answer.Reads)
	}
}

func TestARemoteThatIsNeitherMountedNorDeniedIsAnError(t *testing.T) {
	h := startSession(t, defaultLimits)
	needForBase(t, h)
	h.send(map[string]any{"id": 5})
	if code, _ := errorOf(t, h.next()); code != protocol.RemoteCode {
		t.Errorf("got %s", code)
	}
}

func TestARequestThatCannotBeIsAnErrorAndTheNextOneIsServed(t *testing.T) {
	// Kustomize panics on this schema: https://github.com/kubernetes-sigs/kustomize/blob/kyaml/v0.21.3/kyaml/openapi/openapi.go (initSchema)
	panics := map[string]string{
		"kustomization.yaml": "resources: [settings.yaml]\nopenapi: {path: schema.json}\npatches: [{path: settings.yaml}]\n",
		"settings.yaml":      shop["settings.yaml"],
		"schema.json":        `{"definitions":[]}`,
	}
	for _, row := range []struct {
		name, request, says string
		tree                map[string]string
	}{
		{"unknown operation", `{"id":1,"op":"shell","input":{}}`, "shell", shop},
		{"no operation", `{"id":1}`, "no operation", shop},
		{"unknown input field", `{"id":1,"op":"kustomize.build","input":{"path":"/","exec":true}}`, "exec", shop},
		{"input of another form", `{"id":1,"op":"kustomize.build","input":[]}`, "input", shop},
		{"no input", `{"id":1,"op":"kustomize.build"}`, "input", shop},
		{"a panic inside", `{"id":1,"op":"kustomize.build","mounts":[{"at":"/","tree":"one"}],"input":{"path":"/"}}`, "schema", panics},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := startSession(t, defaultLimits)
			h.tree("one", row.tree)
			h.tree("two", shop)
			h.sendLine(row.request)
			trees := map[string]map[string]string{"one": row.tree, "two": shop}
			if _, sentence := errorOf(t, h.serveBlobs(trees)); !strings.Contains(sentence, row.says) {
				t.Errorf("got %s", sentence)
			}
			h.build(2, "two")
			if answer := h.serveBlobs(trees); answer.ID != 2 || answer.OK == nil {
				t.Errorf("got %+v", answer.Error)
			}
		})
	}
}

func TestWhatIsNoMessageEndsTheSession(t *testing.T) {
	for name, line := range map[string]string{
		"garbage":             "\x00\xff not JSON",
		"half a message":      `{"id":1`,
		"a list":              `[1]`,
		"an id that is text":  `{"id":"1"}`,
		"an entry of two":     `{"tree":"x","entries":{"a":1}}`,
		"more than the limit": `{"op":"` + strings.Repeat("x", 4<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			limits := defaultLimits
			limits.lineBytes = 2 << 20
			engineIn := strings.NewReader(line + "\n" + `{"id":1,"op":"shell"}` + "\n")
			var out bytes.Buffer
			if err := newSession(engineIn, &out, limits).serve(); err == nil || out.Len() > 0 {
				t.Errorf("went on: %v, %s", err, out.String())
			}
		})
	}
}

func TestTheEndOfTheStreamIsAnEnd(t *testing.T) {
	if err := newSession(strings.NewReader(""), io.Discard, defaultLimits).serve(); err != nil {
		t.Error(err)
	}
}

func TestTheCacheKeepsWhatWasUsedLastWithinItsWeight(t *testing.T) {
	kept := newCache(10, func(value string) int { return len(value) })
	kept.put("a", "1234")
	kept.put("b", "1234")
	kept.get("a")
	kept.put("c", "1234")
	for key, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if _, is := kept.get(key); is != want {
			t.Errorf("%s: %v, want %v", key, is, want)
		}
	}
	kept.put("huge", strings.Repeat("x", 100))
	if _, is := kept.get("huge"); !is || kept.order.Len() != 1 || kept.weight != 100 {
		t.Errorf("one value heavier than the limit is kept alone: %d values, weight %d", kept.order.Len(), kept.weight)
	}
	kept.put("small", "1")
	if kept.weight != 1 || len(kept.items) != 1 {
		t.Errorf("weight %d in %d values", kept.weight, len(kept.items))
	}
}

func TestBlobsStayWithinTheirBound(t *testing.T) {
	limits := defaultLimits
	limits.blobBytes = 10_000
	engineIn, to := io.Pipe()
	from, engineOut := io.Pipe()
	s := newSession(engineIn, engineOut, limits)
	go func() { _ = s.serve(); _ = engineOut.Close() }()
	h := &host{t: t, to: to, from: bufio.NewReader(from)}
	for id := range 20 {
		tree := string(rune('a' + id))
		content := map[string]string{
			"kustomization.yaml": "resources: [settings.yaml]\n# " + strings.Repeat("x", 2000) + tree,
			"settings.yaml":      shop["settings.yaml"] + "# " + strings.Repeat("y", 2000) + tree,
		}
		h.tree(tree, content)
		h.build(id+1, tree)
		if answer := h.serveBlobs(map[string]map[string]string{tree: content}); answer.OK == nil {
			t.Fatalf("got %+v", answer.Error)
		}
	}
	_ = to.Close()
	_, _ = io.Copy(io.Discard, from)
	if s.blobs.weight > limits.blobBytes {
		t.Errorf("%d bytes are kept", s.blobs.weight)
	}
}

// Whatever the stream holds, the session answers or ends; it never panics.
func FuzzSession(f *testing.F) {
	f.Add([]byte(`{"tree":"a","entries":[["kustomization.yaml","100644","1"]]}` + "\n" + `{"id":1,"op":"kustomize.build","mounts":[{"at":"/","tree":"a"}],"input":{"path":"/"}}` + "\n" + `{"id":1,"blobs":{"1":"cmVzb3VyY2VzOiBbXQo="}}` + "\n"))
	f.Add([]byte(`{"tree":"a","entries":[["x","120000","1"],["../y","160000","2"],["",""]]}` + "\n"))
	f.Add([]byte(`{"id":1,"op":"yaml.parse","mounts":[{"at":"a/../..","tree":"b"}],"input":null}` + "\n"))
	f.Add([]byte("\n\n{}\n"))
	f.Fuzz(func(_ *testing.T, stream []byte) {
		limits := sessionLimits{lineBytes: 2 << 20, trees: 2, blobBytes: 1 << 20}
		_ = newSession(bytes.NewReader(stream), io.Discard, limits).serve()
	})
}
