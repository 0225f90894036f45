package operations

import (
	"fmt"
	"regexp"
	"strings"

	"presync.dev/engine/protocol"
)

// chartName is what may stand in a URL and in a path; no name starts with a dot or a dash.
var chartName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)

// remoteChart is a chart of a repository, which the host mounts as the folder of the chart itself.
func remoteChart(repository, name, version string) (protocol.Remote, error) {
	if !chartName.MatchString(name) {
		return protocol.Remote{}, fmt.Errorf("%q is no name of a chart in a repository", name)
	}
	kind := "helm"
	switch address := strings.ToLower(repository); {
	case strings.HasPrefix(address, "oci://"):
		kind = "oci"
	case !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://"):
		message := fmt.Sprintf("the repository %q of the chart %s is no http://, https:// or oci:// address", repository, name)
		return protocol.Remote{}, &protocol.Error{Code: protocol.Unsupported, Message: message}
	}
	return placed(protocol.Remote{Kind: kind, URL: repository, Ref: version, Path: name}), nil
}
