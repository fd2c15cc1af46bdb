package catalog

import (
	"errors"
	"strings"
	"testing"
)

// Whatever the file: no panic, and either an error that says where, or a catalog that agrees with itself.
func FuzzExtend(f *testing.F) {
	f.Add(lambda)
	f.Add(services)
	f.Add(string(embedded))
	f.Add("version: \"1\"\nfeatures: [{id: x, calls: [{}]}, 1, null]\n")
	f.Add("a: {b, c: [d, - e]}\n")
	f.Add("- |\n  x\n-\n\t- 'y\n")
	base := load(f)
	f.Fuzz(func(t *testing.T, file string) {
		c, err := base.Extend("my.yaml", []byte(file))
		if err != nil {
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Message == "" || strings.Contains(mistake.Message, "\n") {
				t.Errorf("got %#v", err)
			}
			return
		}
		checkConsistent(t, c)
	})
}

func checkConsistent(t *testing.T, c *Catalog) {
	for i, feature := range c.Features {
		if got, _ := c.Feature(feature.ID); got != i {
			t.Errorf("feature %d has the id %q of feature %d", i, feature.ID, got)
		}
		catchAll := c.CatchAllSession(feature.Principal)
		if feature.Kind == ServiceLinked {
			catchAll = c.Linked(feature.Principal, "", "")
		}
		if catchAll < 0 || !c.Features[catchAll].CatchAll || c.Features[catchAll].Principal != feature.Principal {
			t.Errorf("feature %q: what is left over by it goes to feature %d", feature.ID, catchAll)
		}
		for _, n := range feature.SessionNames {
			if _, ok := c.ByName(n.Name); !ok {
				t.Errorf("feature %q: session name %q is not found", feature.ID, n.Name)
			}
		}
		for _, call := range feature.Calls {
			if strings.HasSuffix(call.Name, "*") {
				continue // an exact name of another feature may begin so
			}
			if got := c.Linked(feature.Principal, call.Service, call.Name); got != i {
				t.Errorf("call %s %s of feature %q belongs to feature %d", call.Service, call.Name, feature.ID, got)
			}
		}
	}
}
