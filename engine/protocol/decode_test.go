package protocol

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for name, test := range map[string]struct{ line, says string }{
		"a tree":              {`{"tree":"t","entries":[["a","100644","1"]]}`, ""},
		"a request":           {`{"id":1,"op":"yaml.parse","mounts":[{"at":"/","tree":"t"}],"input":{},"limits":{"documents":5}}`, ""},
		"blobs":               {`{"id":1,"blobs":{"1":"YQ=="}}`, ""},
		"a denial":            {`{"id":1,"denied":[{"url":"https://x","reason":"no"}]}`, ""},
		"an unknown field":    {`{"id":1,"operation":"yaml.parse"}`, "operation"},
		"no JSON":             {`hello`, "cannot be read"},
		"nothing":             {``, "cannot be read"},
		"two messages":        {`{"id":1}{"id":2}`, "behind it"},
		"a list":              {`[1]`, "cannot be read"},
		"a relative mount":    {`{"id":1,"mounts":[{"at":"x","tree":"t"}]}`, "no absolute path"},
		"a mount that climbs": {`{"id":1,"mounts":[{"at":"/x/../y","tree":"t"}]}`, "no absolute path"},
		"an entry too short":  {`{"tree":"t","entries":[["a"]]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(test.line))
			if (test.says == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), test.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckEntries(t *testing.T) {
	for _, test := range []struct {
		path, mode string
		holds      bool
	}{
		{"a", "100644", true},
		{"a/b.yaml", "100755", true},
		{"link", "120000", true},
		{"..a", "100644", true},
		{"", "100644", false},
		{"/a", "100644", false},
		{"../a", "100644", false},
		{"..", "100644", false},
		{".", "100644", false},
		{"a/../b", "100644", false},
		{"a//b", "100644", false},
		{"a/", "100644", false},
		{"a\x00b", "100644", false},
		{"a", "040000", false},
		{"a", "", false},
	} {
		if err := CheckEntries([][3]string{{test.path, test.mode, "1"}}); (err == nil) != test.holds {
			t.Errorf("%q %s: %v", test.path, test.mode, err)
		}
	}
	if CheckEntries([][3]string{{"a", "100644", "1"}, {"a", "100644", "2"}}) == nil {
		t.Error("a path may stand twice")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"tree":"t","entries":[["a","100644","1"]]}`))
	f.Add([]byte(`{"id":1,"op":"x","mounts":[{"at":"/","tree":"t"}],"input":{"a":[1]},"limits":{"files":1},"blobs":{"1":"YQ=="},"denied":[]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		message, err := Decode(line)
		if err != nil {
			return
		}
		if CheckEntries(message.Entries) == nil {
			for _, entry := range message.Entries {
				if strings.HasPrefix(entry[0], "/") || strings.Contains("/"+entry[0]+"/", "/../") {
					t.Errorf("%q is let through", entry[0])
				}
			}
		}
		if _, err := json.Marshal(message); err != nil {
			t.Errorf("what was decoded cannot be encoded: %v", err)
		}
	})
}
