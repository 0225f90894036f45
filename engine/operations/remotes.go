package operations

import (
	"fmt"
	"strings"

	"presync.dev/engine/protocol"
)

// bring has content from elsewhere mounted, each once. The place is the file that asks for it, "" for the request itself.
func (r *Request) bring(place string, wanted []protocol.Remote) error {
	var missing []protocol.Remote
	asked := map[string]bool{}
	for _, remote := range wanted {
		if !asked[remote.At] && !r.FS.IsMounted(remote.At) {
			asked[remote.At] = true
			missing = append(missing, remote)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	name := strings.TrimPrefix(place, "/")
	failed := func(code, message string) error {
		if name != "" {
			message = name + ": " + message
		}
		return &protocol.Error{Code: code, Message: message, Path: ownPath(name)}
	}
	if r.Remotes == nil {
		return failed(protocol.RemoteCode, fmt.Sprintf("%s is needed, and there is nobody to bring it", missing[0].URL))
	}
	if err := r.Remotes(missing); err != nil {
		failure := asProtocolError(err)
		return failed(failure.Code, failure.Message)
	}
	for _, remote := range missing {
		if !r.FS.IsMounted(remote.At) {
			return failed(protocol.RemoteCode, fmt.Sprintf("%s is needed, and was not brought", remote.URL))
		}
	}
	return nil
}
