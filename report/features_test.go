package report

import (
	"bytes"
	"testing"

	"roletrail/analyzer/catalog"
)

func TestFeaturesText(t *testing.T) {
	c := embeddedCatalog(t)
	for name, options := range map[string]TextOptions{
		"features":         {},
		"features-details": {Details: true},
		"features-wide":    {Width: 140},
		"features-ascii":   {ASCII: true, Width: 60},
		"features-color":   {Color: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := FeaturesText(&out, c, options); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", out.Bytes())
		})
	}
}

// A catalog file is somebody's data too.
func TestFeaturesTextIsPrintable(t *testing.T) {
	c := &catalog.Catalog{Version: hostile, Date: hostile, Features: []catalog.Feature{{
		ID: hostile, Title: hostile, Kind: catalog.Other, Principal: hostile, CatchAll: true, Page: "https://" + hostile,
		SessionNames: []catalog.SessionName{{Name: hostile, Confidence: hostile, Source: hostile}},
		Policy:       &catalog.Policy{Name: hostile, Version: hostile, Date: hostile},
		Calls:        []catalog.Call{{Service: hostile, Name: hostile, SharedWith: []string{hostile}}},
	}}}
	for _, o := range []TextOptions{{}, {ASCII: true}, {Details: true}, {Color: true, Details: true, Width: 200}} {
		var out bytes.Buffer
		if err := FeaturesText(&out, c, o); err != nil {
			t.Fatal(err)
		}
		checkPrintable(t, out.String(), o)
	}
}
