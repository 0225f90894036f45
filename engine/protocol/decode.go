package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// Decode reads one message of the host. It is strict: a field that is not known here is a mistake of the host.
func Decode(line []byte) (*Incoming, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	message := &Incoming{}
	if err := decoder.Decode(message); err != nil {
		return nil, fmt.Errorf("a message that cannot be read: %w", err)
	}
	if len(bytes.TrimSpace(line[decoder.InputOffset():])) > 0 {
		return nil, fmt.Errorf("a message with something behind it")
	}
	for _, mount := range message.Mounts {
		if !path.IsAbs(mount.At) || path.Clean(mount.At) != mount.At {
			return nil, fmt.Errorf("a mount at %q, which is no absolute path", mount.At)
		}
	}
	return message, nil
}

var modes = map[string]bool{"100644": true, "100755": true, "100664": true, "120000": true, "160000": true}

// CheckEntries refuses a listing that no file system could hold. Git's own checks can be passed by with a pack made by hand.
func CheckEntries(entries [][3]string) error {
	files := make(map[string]bool, len(entries))
	for _, entry := range entries {
		name, mode := entry[0], entry[1]
		if name == "." || name == ".." || path.IsAbs(name) || path.Clean(name) != name || strings.HasPrefix(name, "../") || strings.Contains(name, "\x00") {
			return fmt.Errorf("the listing holds the path %q", name)
		}
		if !modes[mode] {
			return fmt.Errorf("the listing holds %q with mode %s", name, mode)
		}
		if files[name] {
			return fmt.Errorf("the listing holds %q twice", name)
		}
		files[name] = true
	}
	return nil
}
