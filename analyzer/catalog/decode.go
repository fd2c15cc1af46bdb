package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

const (
	defaultPrincipal = "ecs.amazonaws.com"
	maxName          = 128 // bytes of a name; AWS's session names have at most 64, its policies' 128
)

// document is a catalog file by itself. What it says is well-formed, but not yet checked against the features and
// policies of other files.
type document struct {
	source
	version, date string
	policies      []policyEntry
	features      []featureEntry
}

// featureEntry is a feature as it was written.
type featureEntry struct {
	Feature            // without Policy and Calls
	policy  text       // name of its policy
	calls   []callList // what becomes Calls
	at      *token.Token
}

// callList is what calls of one service have in common.
type callList struct {
	service    string
	names      []text
	sharedWith []text
}

func decode(file string, data []byte) (*document, error) {
	d := &document{source: source{file}}
	body, err := d.parse(data)
	if err != nil {
		return nil, err
	}
	o, err := d.object(body, "the catalog", "version", "date", "policies", "features")
	if err != nil {
		return nil, err
	}
	version, err := o.text("version")
	if err != nil {
		return nil, err
	}
	if !consists(version.value, asciiAlphanumeric, "._-") {
		return nil, d.errorf(version.at, "version %q has a character other than letters, digits and ._-", version.value)
	}
	d.version = version.value
	if d.date, err = o.date(); err != nil {
		return nil, err
	}
	if err := d.decodePolicies(o.values["policies"]); err != nil {
		return nil, err
	}
	return d, d.decodeFeatures(o)
}

func (d *document) decodeFeatures(o object) error {
	nodes, err := o.list("features")
	if err != nil {
		return err
	}
	if nodes == nil && d.policies == nil {
		return d.errorf(o.at, "the catalog: features is missing")
	}
	lines := make(map[string]int, len(nodes))
	for i, node := range nodes {
		f, err := d.decodeFeature(i+1, node)
		if err != nil {
			return err
		}
		if lines[f.ID] != 0 {
			return d.errorf(f.at, "feature %q is there twice, first in line %d", f.ID, lines[f.ID])
		}
		lines[f.ID] = f.at.Position.Line
		d.features = append(d.features, f)
	}
	return nil
}

// decodeFeature reads the feature at a position, which names it for as long as its id is not known.
func (d *document) decodeFeature(position int, node ast.Node) (f featureEntry, err error) {
	name := fmt.Sprintf("feature %d", position)
	if o, err := d.object(node, name); err == nil { // any keys: those unknown are told with the id
		if id, err := o.text("id"); err == nil {
			name = fmt.Sprintf("feature %q", id.value)
		}
	}
	o, err := d.object(node, name, "id", "title", "kind", "principal", "sessionNames", "policy", "calls", "page")
	if err != nil {
		return f, err
	}
	id, err := o.text("id")
	if err != nil {
		return f, err
	}
	if !consists(id.value, lowerAlphanumeric, ".-") {
		return f, d.errorf(id.at, "%s: id has a character other than a-z, 0-9, . and -", name)
	}
	f.ID, f.at = id.value, id.at
	title, err := o.text("title")
	if err != nil {
		return f, err
	}
	f.Title = title.value
	kind, err := o.text("kind")
	if err != nil {
		return f, err
	}
	if kinds := []string{Infrastructure, ServiceLinked, Other}; !slices.Contains(kinds, kind.value) {
		return f, d.errorf(kind.at, "%s: kind %q is not one of %s", name, kind.value, strings.Join(kinds, ", "))
	}
	f.Kind = kind.value
	if f.Principal, err = o.principal(); err != nil {
		return f, err
	}
	if f.Page, err = o.page(); err != nil {
		return f, err
	}
	if o.keys["policy"] != nil {
		if f.policy, err = o.text("policy"); err != nil {
			return f, err
		}
	}
	if f.SessionNames, err = o.sessionNames(); err != nil {
		return f, err
	}
	if f.calls, err = o.calls(); err != nil {
		return f, err
	}
	return f, o.complete(&f)
}

// complete checks that a feature has what tells it, and nothing that can't.
func (o object) complete(f *featureEntry) error {
	if strings.HasPrefix(f.ID, "other-") && (strings.HasSuffix(f.ID, "-session") || strings.HasSuffix(f.ID, "-calls")) {
		if kept := catchAllID(f.Principal, f.Kind); f.ID != kept {
			return o.errorf(f.at, "%s: such ids are kept for what no other feature claims, here it would be %q", o.name, kept)
		}
		f.CatchAll = true
	}
	if f.CatchAll && f.Kind == Infrastructure {
		return o.errorf(f.at, "%s: its kind must be %s", o.name, Other)
	}
	tells, other := "sessionNames", "calls"
	if f.Kind == ServiceLinked {
		tells, other = other, tells
	}
	switch {
	case o.keys[other] != nil:
		return o.errorf(o.keys[other], "%s: a feature of kind %s is told by its %s, not by %s", o.name, f.Kind, tells, other)
	case f.CatchAll && f.SessionNames != nil:
		return o.errorf(o.keys[tells], "%s: it takes the sessions whose names nobody knows, so it has no sessionNames", o.name)
	case !f.CatchAll && o.keys[tells] == nil:
		return o.errorf(f.at, "%s: %s is missing", o.name, tells)
	}
	return nil
}

// date reads the day in date.
func (o object) date() (string, error) {
	t, err := o.text("date")
	if err != nil {
		return "", err
	}
	if _, err := time.Parse(time.DateOnly, t.value); err != nil {
		return "", o.errorf(t.at, "%s: date %q is not of the form 2026-11-21", o.name, t.value)
	}
	return t.value, nil
}

func (o object) principal() (string, error) {
	if o.keys["principal"] == nil {
		return defaultPrincipal, nil
	}
	t, err := o.text("principal")
	if err != nil {
		return "", err
	}
	name, domain, ok := strings.Cut(t.value, ".")
	if !ok || name == "" || domain == "" || !consists(t.value, lowerAlphanumeric, ".-") {
		return "", o.errorf(t.at, "%s: principal %q is not of the form %s", o.name, t.value, defaultPrincipal)
	}
	return t.value, nil
}

func (o object) page() (string, error) {
	if o.keys["page"] == nil {
		return "", nil
	}
	t, err := o.text("page")
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(t.value, "https://") {
		return "", o.errorf(t.at, "%s: page %q does not begin with https://", o.name, t.value)
	}
	return t.value, nil
}

func (o object) sessionNames() ([]SessionName, error) {
	nodes, err := o.list("sessionNames")
	if err != nil {
		return nil, err
	}
	var names []SessionName
	for i, node := range nodes {
		entry, err := o.object(node, fmt.Sprintf("%s: session name %d", o.name, i+1), "name", "confidence", "source")
		if err != nil {
			return nil, err
		}
		n, err := entry.sessionName(o.name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(names, func(other SessionName) bool { return other.Name == n.Name }) {
			return nil, o.errorf(entry.at, "%s: session name %q is there twice", o.name, n.Name)
		}
		names = append(names, n)
	}
	return names, nil
}

// sessionName reads a session name of the feature.
func (o object) sessionName(feature string) (n SessionName, err error) {
	if o.keys["name"] == nil {
		return n, o.errorf(o.at, "%s: name is missing", o.name)
	}
	name, err := o.optional("name")
	if err != nil {
		return n, err
	}
	o.name = fmt.Sprintf("%s: session name %q", feature, name.value)
	switch {
	case name.value == "":
		return n, o.errorf(name.at, "%s is empty", o.name)
	case len(name.value) > maxName:
		return n, o.errorf(name.at, "%s is longer than %d characters", o.name, maxName)
	case strings.Trim(name.value, "*") == "":
		return n, o.errorf(name.at, "%s would match every session", o.name)
	case !consists(name.value, asciiAlphanumeric, "_+=,.@-*"):
		return n, o.errorf(name.at, "%s has a character that session names can't have", o.name)
	}
	confidence, err := o.text("confidence")
	if err != nil {
		return n, err
	}
	if known := []string{Documented, Seen, Inferred}; !slices.Contains(known, confidence.value) {
		return n, o.errorf(confidence.at, "%s: confidence %q is not one of %s", o.name, confidence.value, strings.Join(known, ", "))
	}
	from, err := o.text("source")
	return SessionName{Name: name.value, Confidence: confidence.value, Source: from.value}, err
}

func (o object) calls() ([]callList, error) {
	nodes, err := o.list("calls")
	if err != nil {
		return nil, err
	}
	lists := make([]callList, len(nodes))
	for i, node := range nodes {
		entry, err := o.object(node, fmt.Sprintf("%s: calls %d", o.name, i+1), "service", "names", "sharedWith")
		if err != nil {
			return nil, err
		}
		if lists[i], err = entry.callList(); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

func (o object) callList() (l callList, err error) {
	service, err := o.text("service")
	if err != nil {
		return l, err
	}
	if !strings.Contains(service.value, ".") || !consists(service.value, lowerAlphanumeric, ".-") {
		return l, o.errorf(service.at, "%s: service %q is not an eventSource such as ec2.amazonaws.com", o.name, service.value)
	}
	l.service = service.value
	if l.names, err = o.texts("names"); err != nil {
		return l, err
	}
	if l.names == nil {
		return l, o.errorf(o.at, "%s: names is missing", o.name)
	}
	for _, name := range l.names {
		stem := strings.TrimSuffix(name.value, "*")
		if len(name.value) > maxName || (stem != "" && !consists(stem, asciiAlphanumeric, "_")) {
			return l, o.errorf(name.at, "%s: %q is not an eventName, which may end in one *", o.name, name.value)
		}
	}
	l.sharedWith, err = o.texts("sharedWith")
	return l, err
}

// consists tells whether s is not empty and has only runes of a class and some others.
func consists(s string, class func(rune) bool, others string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !class(r) && !strings.ContainsRune(others, r) })
}

func digit(r rune) bool { return '0' <= r && r <= '9' }

func asciiAlphanumeric(r rune) bool { return lowerAlphanumeric(r) || 'A' <= r && r <= 'Z' }

func lowerAlphanumeric(r rune) bool { return 'a' <= r && r <= 'z' || digit(r) }
