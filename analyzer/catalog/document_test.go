package catalog

import (
	"maps"
	"slices"
	"testing"
)

// TestStatements: AWS's texts of the policies and the catalog's lists of their actions are of one version, and agree.
func TestStatements(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, f := range c.Features {
		if f.Policy == nil || f.Kind != Infrastructure {
			continue
		}
		statements, ok := f.Policy.Statements()
		if !ok {
			t.Errorf("%s %s: no text, or one of another version", f.Policy.Name, f.Policy.Version)
			continue
		}
		known++
		inText, inList := map[string]bool{}, map[string]bool{}
		for _, s := range statements {
			for _, action := range s.Actions {
				inText[action] = true
			}
		}
		for _, a := range f.Policy.Actions {
			inList[a.Action] = true
		}
		if !maps.Equal(inText, inList) {
			t.Errorf("%s: its text has %q, the catalog %q", f.Policy.Name, slices.Sorted(maps.Keys(inText)), slices.Sorted(maps.Keys(inList)))
		}
	}
	if known < 6 {
		t.Errorf("%d policies have texts, want 6", known)
	}
}

func TestStatementsOfUnknownPolicies(t *testing.T) {
	for _, p := range []Policy{
		{Name: "AmazonECSInfrastructureRolePolicyForVolumes", Version: "v4"},
		{Name: "Mine", Version: "v1"},
		{Name: "../catalog", Version: "v1"},
	} {
		if _, ok := p.Statements(); ok {
			t.Errorf("%s %s has a text", p.Name, p.Version)
		}
	}
}
