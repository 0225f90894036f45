package operations

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"github.com/google/uuid"
)

// maxItems bounds what until, seq and their kin may produce. A range over one that is longer is no chart that anybody applies.
const maxItems = 1_000_000

// instants stand in for the clock. No field of one equals the same field of the other, so a comparison of two renders
// finds whatever depends on the time, however little of it is printed.
var instants = [2]time.Time{
	time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC),
	time.Date(2037, time.December, 19, 18, 47, 38, 0, time.UTC),
}

const (
	digits     = "0123456789"
	letters    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	printables = " !\"#$%&'()*+,-./" + digits + ":;<=>?@" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
)

// templateFunctions replaces the functions whose value no input decides. A chart is rendered with variant 0, and again
// with variant 1 when it called one of them; what differs then is not predictable. Random text comes from a fixed seed
// and differs in every character between the variants; random numbers are the lowest and the highest allowed.
type templateFunctions struct {
	variant  int
	maxBytes int64
	random   *rand.Rand
	uses     map[string]bool
	// lookup finds what it is asked for.
	inCluster bool
	cluster   *clusterWatch // of a chart
	varied    bool          // the second render may differ
	exceeded  string        // set when a bound was hit, as Helm flattens the errors of functions to text
}

func newTemplateFunctions(variant int, maxBytes int64) *templateFunctions {
	seed := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a fixed seed is the point
	return &templateFunctions{variant: variant, maxBytes: maxBytes, random: seed, uses: map[string]bool{}}
}

// table overrides entries of https://github.com/Masterminds/sprig/blob/v3.3.0/functions.go and Helm's lookup.
func (f *templateFunctions) table() template.FuncMap {
	table := template.FuncMap{
		"lookup":       f.lookup,
		"now":          f.now,
		"ago":          f.ago,
		"keys":         f.keys,
		"values":       f.values,
		"randAlphaNum": func(count int) (string, error) { return f.text(letters+digits, count) },
		"randAlpha":    func(count int) (string, error) { return f.text(letters, count) },
		"randAscii":    func(count int) (string, error) { return f.text(printables, count) },
		"randNumeric":  func(count int) (string, error) { return f.text(digits, count) },
		"randBytes":    f.randBytes,
		"randInt":      f.randInt,
		"shuffle":      f.shuffle,
		"uuidv4":       f.uuidv4,
		"until":        f.until,
		"untilStep":    f.untilStep,
		"seq":          f.seq,
		"repeat":       f.repeat,
		"indent":       f.indent,
		"nindent":      f.nindent,
	}
	original := sprig.TxtFuncMap()
	for _, name := range []string{
		"bcrypt", "htpasswd", "encryptAES", "genPrivateKey", "genCA", "genCAWithKey", "genSelfSignedCert",
		"genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey",
	} {
		table[name] = f.recorded(original[name])
	}
	f.dates(table)
	if f.cluster != nil {
		table[f.cluster.function] = f.cluster.put
		table["semverCompare"] = f.cluster.semverCompare
		table["semver"] = f.cluster.semver
		plainFunctions(table)
	}
	return table
}

func (f *templateFunctions) use(name string) {
	f.uses[name] = true
	f.varied = f.varied || name != "lookup"
}

// lookup finds nothing, as in `helm template`; or whatever is asked for, with nothing in it, as far as a cluster could have it.
func (f *templateFunctions) lookup(apiVersion, kind, namespace, name string) (map[string]any, error) {
	f.use("lookup")
	if !f.inCluster {
		return map[string]any{}, nil
	}
	found := func(kind, name string) map[string]any {
		return map[string]any{
			"apiVersion": apiVersion, "kind": kind,
			"metadata": map[string]any{"name": name, "namespace": namespace, "labels": map[string]any{}, "annotations": map[string]any{}},
			"data":     map[string]any{}, "spec": map[string]any{}, "status": map[string]any{},
		}
	}
	if name != "" {
		return found(kind, name), nil
	}
	return map[string]any{"apiVersion": apiVersion, "kind": kind + "List", "items": []any{found(kind, "found")}}, nil
}

func (f *templateFunctions) now() time.Time {
	f.use("now")
	return instants[f.variant]
}

func (f *templateFunctions) ago(date any) string {
	return f.now().Sub(f.instant(date)).Round(time.Second).String()
}

// dates covers the formatters: sprig takes the clock when it is handed something that is no date.
func (f *templateFunctions) dates(table template.FuncMap) {
	inZone := func(layout string, date any, zone string) string {
		location, err := time.LoadLocation(zone)
		if err != nil {
			location = time.UTC
		}
		return f.instant(date).In(location).Format(layout)
	}
	table["date"] = func(layout string, date any) string { return inZone(layout, date, "Local") }
	table["dateInZone"] = inZone
	table["date_in_zone"] = inZone
	table["htmlDate"] = func(date any) string { return inZone(time.DateOnly, date, "Local") }
	table["htmlDateInZone"] = func(date any, zone string) string { return inZone(time.DateOnly, date, zone) }
}

func (f *templateFunctions) instant(date any) time.Time {
	switch date := date.(type) {
	case time.Time:
		return date
	case *time.Time:
		return *date
	case int64:
		return time.Unix(date, 0)
	case int:
		return time.Unix(int64(date), 0)
	case int32:
		return time.Unix(int64(date), 0)
	}
	return f.now()
}

// keys is unordered in sprig. Both orders are tried, so only a chart that depends on the order is not predictable.
func (f *templateFunctions) keys(dicts ...map[string]any) []string {
	names := []string{}
	for _, dict := range dicts {
		names = append(names, f.ordered(dict)...)
	}
	return names
}

func (f *templateFunctions) values(dict map[string]any) []any {
	values := []any{}
	for _, name := range f.ordered(dict) {
		values = append(values, dict[name])
	}
	return values
}

func (f *templateFunctions) ordered(dict map[string]any) []string {
	names := slices.Sorted(maps.Keys(dict))
	f.varied = f.varied || len(names) > 1
	if f.variant == 1 {
		slices.Reverse(names)
	}
	return names
}

func (f *templateFunctions) text(alphabet string, count int) (string, error) {
	f.use("random")
	if err := f.refuseBytes("a random text", int64(count)); err != nil {
		return "", err
	}
	var text strings.Builder
	for range count {
		at := f.random.IntN(len(alphabet)) + f.variant*len(alphabet)/2
		text.WriteByte(alphabet[at%len(alphabet)])
	}
	return text.String(), nil
}

func (f *templateFunctions) bytes(count int) []byte {
	bytes := make([]byte, max(0, count))
	for at := range bytes {
		bytes[at] = byte(f.random.UintN(256)) ^ byte(f.variant*0xff)
	}
	return bytes
}

func (f *templateFunctions) randBytes(count int) (string, error) {
	f.use("random")
	if err := f.refuseBytes("a random text", int64(count)); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(f.bytes(count)), nil
}

func (f *templateFunctions) randInt(low, high int) (int, error) {
	f.use("random")
	if high <= low {
		return 0, fmt.Errorf("randInt: %d is not above %d", high, low)
	}
	if f.variant == 1 {
		return high - 1, nil
	}
	return low, nil
}

func (f *templateFunctions) shuffle(text string) string {
	f.use("random")
	characters := []rune(text)
	if f.variant == 1 {
		slices.Reverse(characters)
	}
	return string(characters)
}

func (f *templateFunctions) uuidv4() (string, error) {
	f.use("random")
	id, err := uuid.FromBytes(f.bytes(16))
	if err != nil {
		return "", err
	}
	id[6] = id[6]&0x0f | 0x40 // version 4
	id[8] = id[8]&0x3f | 0x80 // variant 10
	return id.String(), nil
}

// recorded keeps a function whose results cannot be made up, such as keys and certificates, and notes that it was called.
func (f *templateFunctions) recorded(function any) any {
	original := reflect.ValueOf(function)
	return reflect.MakeFunc(original.Type(), func(arguments []reflect.Value) []reflect.Value {
		f.use("random")
		return original.Call(arguments)
	}).Interface()
}

func (f *templateFunctions) until(count int) ([]int, error) {
	step := 1
	if count < 0 {
		step = -1
	}
	return f.untilStep(0, count, step)
}

func (f *templateFunctions) untilStep(start, stop, step int) ([]int, error) {
	if err := f.refuseItems(start, stop, step); err != nil {
		return nil, err
	}
	numbers := []int{}
	for at := start; step > 0 && at < stop || step < 0 && at > stop; at += step {
		numbers = append(numbers, at)
	}
	return numbers, nil
}

func (f *templateFunctions) seq(bounds ...int) (string, error) {
	start, stop, step := 1, 0, 1
	switch len(bounds) {
	case 1:
		stop = bounds[0]
	case 2:
		start, stop = bounds[0], bounds[1]
	case 3:
		start, step, stop = bounds[0], bounds[1], bounds[2]
	}
	if step < 0 || stop < start {
		start, stop, step = stop, start, max(1, -step)
	}
	if err := f.refuseItems(start, stop, step); err != nil {
		return "", err
	}
	original, _ := sprig.TxtFuncMap()["seq"].(func(...int) string)
	return original(bounds...), nil
}

func (f *templateFunctions) repeat(count int, text string) (string, error) {
	if count < 0 {
		return "", fmt.Errorf("repeat: the count %d is negative", count)
	}
	if len(text) > 0 && count > 0 {
		if err := f.refuseBytes("a repeated text", saturatingProduct(count, len(text))); err != nil {
			return "", err
		}
	}
	return strings.Repeat(text, count), nil
}

func (f *templateFunctions) indent(spaces int, text string) (string, error) {
	if spaces < 0 {
		return "", fmt.Errorf("indent: the count %d is negative", spaces)
	}
	lines := strings.Count(text, "\n") + 1
	if err := f.refuseBytes("an indented text", saturatingProduct(spaces, lines)); err != nil {
		return "", err
	}
	pad := strings.Repeat(" ", spaces)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad), nil
}

func (f *templateFunctions) nindent(spaces int, text string) (string, error) {
	indented, err := f.indent(spaces, text)
	return "\n" + indented, err
}

func (f *templateFunctions) refuseItems(start, stop, step int) error {
	if step == 0 {
		return nil
	}
	if count := (float64(stop) - float64(start)) / float64(step); count > maxItems {
		return f.refuse(fmt.Sprintf("a sequence of more than %d numbers", maxItems))
	}
	return nil
}

func (f *templateFunctions) refuseBytes(what string, count int64) error {
	if count > f.maxBytes {
		return f.refuse(fmt.Sprintf("%s of more than %d bytes", what, f.maxBytes))
	}
	return nil
}

func (f *templateFunctions) refuse(what string) error {
	f.exceeded = "the template asks for " + what
	return fmt.Errorf("%s", f.exceeded)
}

func saturatingProduct(count, size int) int64 {
	if size > 0 && count > int(^uint(0)>>1)/size {
		return int64(^uint64(0) >> 1)
	}
	return int64(count) * int64(size)
}
