package operations

import (
	"strings"
	"testing"

	"presync.dev/engine/protocol"
)

// Without this, what is missing could pass for a file that need not be there.
func TestWhatTheHostDidNotBringIsAnError(t *testing.T) {
	wanted := []protocol.Remote{placed(protocol.Remote{Kind: "helm", URL: "https://charts.example", Path: "db"})}
	request := &Request{FS: mountOf(t, files{}), Remotes: func([]protocol.Remote) error { return nil }}
	err := request.bring("/apps/Chart.yaml", wanted)
	if codeOf(err) != "remote" || !strings.Contains(err.Error(), "apps/Chart.yaml: https://charts.example is needed, and was not brought") {
		t.Errorf("got %v", err)
	}
	request.Remotes = nil
	if err := request.bring("", wanted); codeOf(err) != "remote" || !strings.Contains(err.Error(), "nobody to bring it") {
		t.Errorf("got %v", err)
	}
}
