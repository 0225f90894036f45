package main

import (
	"encoding/json"
	"testing"
)

func TestWhatLibrariesSayAsideBelongsToOneAnswer(t *testing.T) {
	p := startProcess(t)
	warnings := func(kustomizationText string) []string {
		line := p.ask(kustomization(map[string]string{"kustomization.yaml": kustomizationText, "x.yaml": settings("x")}))
		var message struct {
			OK struct {
				Warnings []string `json:"warnings"`
			} `json:"ok"`
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%v in %.200s", err, line)
		}
		return message.OK.Warnings
	}
	deprecated := "Warning: 'commonLabels' is deprecated. Please use 'labels' instead. Run 'kustomize edit fix' to update your Kustomization automatically."
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a deprecated field":  {"resources: [x.yaml]\ncommonLabels: {a: b}\n", []string{deprecated}},
		"nothing":             {"resources: [x.yaml]\n", []string{}},
		"an error says none":  {"resources: [missing.yaml]\ncommonLabels: {a: b}\n", nil},
		"the one after it":    {"resources: [x.yaml]\nlabels: [{pairs: {a: b}}]\n", []string{}},
		"the same once again": {"commonLabels: {a: c}\nresources: [x.yaml]\n", []string{deprecated}},
	} {
		got := warnings(test.text)
		if len(got) != len(test.want) || (len(got) > 0 && got[0] != test.want[0]) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
