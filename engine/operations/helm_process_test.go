package operations

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"presync.dev/engine/protocol"
)

// What no function of ours can count ends at the memory limit of the process: it dies, and no other request is touched.
func TestEndlessChartsEndTheProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("links the whole engine")
	}
	engine := filepath.Join(t.TempDir(), "engine")
	if output, err := exec.Command("go", "build", "-o", engine, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	rows := []struct {
		name, template string
		dies           bool
	}{
		{"an honest chart", configTemplate("v"), false},
		{"a billion steps over a number", "{{ range 1000000000 }}" + string(bytes.Repeat([]byte("x"), 64)) + "{{ end }}", true},
		{"a ConfigMap of a gigabyte", configTemplate(`{{ $x := "0123456789abcdef" }}{{ range until 40 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ $x }}`), true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			answer := ask(t, engine, shop(row.template, nil))
			same(t, "died", answer == nil, row.dies)
			if answer != nil && answer.Error != nil {
				t.Error(answer.Error)
			}
		})
	}
}

// ask starts an engine for one chart; nil means that it died before it answered.
func ask(t *testing.T, engine string, content files) *protocol.Outgoing {
	t.Helper()
	command := exec.CommandContext(t.Context(), engine)
	command.WaitDelay = time.Second
	stdin, _ := command.StdinPipe()
	stdout, _ := command.StdoutPipe()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close(); _ = command.Wait() }()
	var entries [][3]string
	blobs := map[string]string{}
	for name, text := range content {
		entries = append(entries, [3]string{name, "100644", name})
		blobs[name] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	request := map[string]any{"id": 1, "op": "helm.template", "input": input(nil), "mounts": []protocol.Mount{{At: "/", Tree: "t"}}}
	to := json.NewEncoder(stdin)
	_ = to.Encode(map[string]any{"tree": "t", "entries": entries})
	_ = to.Encode(request)
	from := bufio.NewScanner(stdout)
	for from.Scan() {
		var answer protocol.Outgoing
		if err := json.Unmarshal(from.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		switch {
		case answer.Need != nil:
			_ = to.Encode(map[string]any{"id": 1, "blobs": blobs})
		case answer.Ready == nil:
			return &answer
		}
	}
	return nil
}
