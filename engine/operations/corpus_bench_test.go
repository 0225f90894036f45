package operations

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presync.dev/engine/vfs"
)

// BenchmarkCorpus builds every root of the folder in PRESYNC_BENCH_CORPUS (`npm run bench:render` leaves one in bin/bench-corpus):
// go test ./operations -run '^$' -bench Corpus -benchtime 1x -cpuprofile cpu.out
func BenchmarkCorpus(b *testing.B) {
	folder := os.Getenv("PRESYNC_BENCH_CORPUS")
	if folder == "" {
		b.Skip("PRESYNC_BENCH_CORPUS names no folder")
	}
	content, roots := corpusIn(b, folder)
	Warm()
	var entries [][3]string
	for name := range content {
		entries = append(entries, [3]string{name, "100644", name})
	}
	tree := vfs.Mounted{At: "/", Tree: vfs.NewTree("corpus", entries)}
	type timed struct {
		root string
		took time.Duration
	}
	for b.Loop() {
		var all []timed
		built := 0
		for _, root := range roots {
			started := time.Now()
			input, _ := json.Marshal(map[string]any{"path": "/" + root})
			if _, failure := Run("kustomize.build", &Request{FS: vfs.New(corpusBlobs(content), tree), Input: input}); failure == nil {
				built++
			}
			all = append(all, timed{root, time.Since(started)})
		}
		b.ReportMetric(float64(built), "roots")
		if os.Getenv("PRESYNC_BENCH_SLOWEST") != "" {
			slices.SortFunc(all, func(x, y timed) int { return int(y.took - x.took) })
			for _, one := range all[:10] {
				fmt.Println(one.took, one.root)
			}
		}
	}
}

type corpusBlobs map[string]string

func (c corpusBlobs) Blobs([]string) error            { return nil }
func (c corpusBlobs) Blob(oid string) ([]byte, error) { return []byte(c[oid]), nil }

func corpusIn(b *testing.B, folder string) (content map[string]string, roots []string) {
	content = map[string]string{}
	err := filepath.WalkDir(folder, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() == ".git" {
			return filepath.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(at)
		name, _ := filepath.Rel(folder, at)
		content[name] = string(text)
		if slices.Contains(kustomizationNames, path.Base(name)) && !strings.Contains(string(text), "kind: Component") {
			roots = append(roots, path.Dir(name))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	slices.Sort(roots)
	return content, roots
}

// BenchmarkOriginsOfManyFiles is a base of 500 files; Kustomize itself compares each object with all others.
func BenchmarkOriginsOfManyFiles(b *testing.B) {
	content := files{"kustomization.yaml": "namePrefix: x-\nresources: [base]\n", "base/kustomization.yaml": "resources:\n"}
	for at := range 500 {
		name := fmt.Sprintf("r%d.yaml", at)
		content["base/kustomization.yaml"] += "- " + name + "\n"
		content["base/"+name] = strings.Replace(deployment, "name: web", fmt.Sprintf("name: web-%d", at), 1)
	}
	request := &Request{FS: vfs.FromFiles(content)}
	built := newBuildFS(request, "/")
	if _, err := runKustomize(built, fluxOptions(), freshSchema); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if index := newOriginIndex(built); index.of("Deployment", "x-web-7", "").Path != "base/r7.yaml" {
			b.Fatal("not found")
		}
	}
}
