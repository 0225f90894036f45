package operations

import (
	"fmt"
	"regexp"
	"strings"
)

// imageName is a reference as go-containerregistry takes it apart, which Kyverno asks:
// https://github.com/google/go-containerregistry/blob/main/pkg/name/ref.go
type imageName struct {
	registry, repository, tag, digest string
}

var (
	imageTagText        = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,128}$`)
	imageRepositoryText = regexp.MustCompile(`^[a-z0-9_./-]{2,255}$`)
	imageRegistryText   = regexp.MustCompile(`^[a-zA-Z0-9._:\[\]-]+$`)
	imageDigestText     = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

func parseImageName(text string) (imageName, error) {
	if tagged, err := parseTagged(text); err == nil {
		return tagged, nil
	}
	base, digest, found := strings.Cut(text, "@")
	if !found || !imageDigestText.MatchString(digest) {
		return imageName{}, fmt.Errorf("could not parse reference: %s", text)
	}
	parsed, err := parseTagged(base)
	if err != nil {
		return imageName{}, err
	}
	parsed.tag, parsed.digest = "", digest
	return parsed, nil
}

func parseTagged(text string) (imageName, error) {
	base, tag := text, "latest"
	if at := strings.LastIndex(text, ":"); at >= 0 && !strings.Contains(text[at:], "/") {
		base, tag = text[:at], text[at+1:]
		if !imageTagText.MatchString(tag) {
			return imageName{}, fmt.Errorf("could not parse reference: %s", text)
		}
	}
	registry, repository := "index.docker.io", base
	if first, rest, found := strings.Cut(base, "/"); found && (strings.ContainsAny(first, ".:") || first == "localhost") {
		registry, repository = first, rest
	}
	if !imageRepositoryText.MatchString(repository) || !imageRegistryText.MatchString(registry) {
		return imageName{}, fmt.Errorf("could not parse reference: %s", text)
	}
	if registry == "docker.io" {
		registry = "index.docker.io"
	}
	if registry == "index.docker.io" && !strings.Contains(repository, "/") {
		repository = "library/" + repository
	}
	return imageName{registry: registry, repository: repository, tag: tag}, nil
}

func (n imageName) identifier() string {
	if n.digest != "" {
		return n.digest
	}
	return n.tag
}

// kyvernoImageText is how Kyverno writes an image that has no digest before it appends one; Docker Hub has no `library/` here:
// https://github.com/kyverno/kyverno/blob/main/pkg/utils/image/infos.go
func kyvernoImageText(text string) string {
	first, _, found := strings.Cut(text, "/")
	isHost := found && (strings.ContainsAny(first, ".:") || first == "localhost" || strings.ToLower(first) != first)
	if !isHost {
		text = "docker.io/" + text
	}
	if last := text[strings.LastIndex(text, "/"):]; !strings.Contains(last, ":") {
		text += ":latest"
	}
	return text
}
