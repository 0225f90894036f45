package operations

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode"

	"presync.dev/engine/protocol"
)

// pathspec is a pattern as `git ls-files` takes it at the root of a repository, without magic: `*` and `?` cross slashes,
// and a plain path also means everything below it. https://github.com/git/git/blob/v2.51.0/dir.c (match_pathspec_item),
// wildmatch.c (without WM_PATHNAME).
type pathspec struct{ pattern string }

func parsePathspec(text string) (pathspec, error) {
	if strings.HasPrefix(text, ":") {
		message := fmt.Sprintf("the git generator names the files %s: presync does not know the special pathspecs of Git, which begin with a colon; write the path without one", text)
		return pathspec{}, &protocol.Error{Code: protocol.Unsupported, Message: message}
	}
	clean := path.Clean(text)
	if path.IsAbs(text) || clean == ".." || strings.HasPrefix(clean, "../") {
		return pathspec{}, fmt.Errorf("the git generator names the files %s, which are outside of the repository", text)
	}
	if clean == "." {
		return pathspec{}, nil
	}
	if strings.HasSuffix(text, "/") {
		clean += "/"
	}
	return pathspec{clean}, nil
}

// folder is where everything that the pattern can match lies.
func (p pathspec) folder() string {
	literal := p.pattern
	if special := strings.IndexAny(literal, `*?[\`); special >= 0 {
		literal = literal[:special]
	}
	return path.Dir("/" + literal)[1:]
}

func (p pathspec) matches(name string) bool {
	rest, begins := strings.CutPrefix(name, p.pattern)
	if p.pattern == "" || (begins && (rest == "" || rest[0] == '/' || strings.HasSuffix(p.pattern, "/"))) {
		return true
	}
	if !strings.ContainsAny(p.pattern, `*?[\`) {
		return false
	}
	return (&wildmatch{[]byte(p.pattern)}).whole(name)
}

// wildmatch compares a whole text. As a star here takes any character, only the last one need take more when what follows
// it does not match: at most the product of both lengths.
type wildmatch struct{ pattern []byte }

func (w *wildmatch) whole(text string) bool {
	at, in, star, taken := 0, 0, -1, 0
	for in < len(text) {
		if at < len(w.pattern) && w.pattern[at] == '*' {
			star, taken = at, in
			at++
			continue
		}
		if at < len(w.pattern) {
			if end, matches := w.one(at, text[in]); matches {
				at = end + 1
				in++
				continue
			}
		}
		if star < 0 {
			return false
		}
		taken++
		at, in = star+1, taken
	}
	return len(bytes.Trim(w.pattern[at:], "*")) == 0
}

// one compares a single character, and says where what stands for it in the pattern ends.
func (w *wildmatch) one(at int, letter byte) (end int, matches bool) {
	switch w.pattern[at] {
	case '?':
		return at, true
	case '[':
		return w.class(at, letter)
	case '\\':
		at++
	}
	return at, at < len(w.pattern) && w.pattern[at] == letter
}

// class is a bracket expression: `!` or `^` first negates, `]` first is itself, ranges, escapes, and names such as [:alpha:].
// One that is not closed matches nothing.
func (w *wildmatch) class(at int, letter byte) (end int, matches bool) {
	at++
	negated := at < len(w.pattern) && (w.pattern[at] == '!' || w.pattern[at] == '^')
	if negated {
		at++
	}
	for first := true; at < len(w.pattern); first = false {
		if w.pattern[at] == ']' && !first {
			return at, matches != negated
		}
		next, holds, valid := w.member(at, letter)
		if !valid {
			return at, false
		}
		matches = matches || holds
		at = next
	}
	return at, false
}

// member is one character, range or named class in a bracket expression.
func (w *wildmatch) member(at int, letter byte) (next int, holds, valid bool) {
	if name, next, isNamed := w.named(at); isNamed {
		test, known := letterClasses[name]
		return next, known && test(rune(letter)), known
	}
	low, next, valid := w.letter(at)
	if !valid || next+1 >= len(w.pattern) || w.pattern[next] != '-' || w.pattern[next+1] == ']' {
		return next, low == letter, valid
	}
	high, next, valid := w.letter(next + 1)
	return next, low <= letter && letter <= high, valid
}

func (w *wildmatch) letter(at int) (letter byte, next int, valid bool) {
	if w.pattern[at] == '\\' {
		at++
	}
	if at >= len(w.pattern) {
		return 0, at, false
	}
	return w.pattern[at], at + 1, true
}

func (w *wildmatch) named(at int) (name string, next int, isNamed bool) {
	rest, begins := strings.CutPrefix(string(w.pattern[at:]), "[:")
	end := strings.IndexByte(rest, ']')
	if !begins || end < 1 || rest[end-1] != ':' {
		return "", at, false
	}
	return rest[:end-1], at + len("[:") + end + 1, true
}

var letterClasses = map[string]func(rune) bool{
	"alnum":  ascii(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }),
	"alpha":  ascii(unicode.IsLetter),
	"blank":  ascii(func(r rune) bool { return r == ' ' || r == '\t' }),
	"cntrl":  ascii(unicode.IsControl),
	"digit":  ascii(unicode.IsDigit),
	"graph":  ascii(func(r rune) bool { return r > ' ' && r < 0x7f }),
	"lower":  ascii(unicode.IsLower),
	"print":  ascii(func(r rune) bool { return r >= ' ' && r < 0x7f }),
	"punct":  ascii(func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }),
	"space":  ascii(unicode.IsSpace),
	"upper":  ascii(unicode.IsUpper),
	"xdigit": ascii(func(r rune) bool { return strings.ContainsRune("0123456789abcdefABCDEF", r) }),
}

func ascii(test func(rune) bool) func(rune) bool {
	return func(r rune) bool { return r <= unicode.MaxASCII && test(r) }
}
