package trailgen

import "fmt"

// Preset is a kind of tree that can be written by name.
type Preset struct {
	Name string
	Help string // one line
	// Options are those of Write for trails; nil for trees of a fixed content.
	Options *Options
	// Write writes a tree of fixed content from a seed; nil for trails.
	Write func(dir string, seed uint64) error
}

// Presets returns every kind of tree. The trails a to d and dense are the cases of the benchmarks; their number of files
// or events may be changed without changing the case.
func Presets() []Preset {
	return []Preset{
		{Name: "mixed", Help: "a trail like those of real accounts: half of the files hold 5 events or fewer, a few hold thousands", Options: &Options{Files: 1000, Sizes: Mixed}},
		{Name: "a", Help: "files of 5 events, as of a quiet account in many Regions", Options: &Options{Files: 20000, Sizes: Of(5), Regions: manyRegions}},
		{Name: "b", Help: "files of about 60 events, as of a busy account", Options: &Options{Files: 7000, Sizes: Of(60)}},
		{Name: "c", Help: "few large files of about 25,000 events, near CloudTrail's limit of 50 MB", Options: &Options{Files: 12, Sizes: Of(25000)}},
		{Name: "d", Help: "files of about 60 events of which one in five is relevant", Options: &Options{Files: 7000, Sizes: Of(60), Relevant: 0.2}},
		{Name: "dense", Help: "nearly every event is relevant, in an organization's trail with many roles", Options: &Options{
			Events: 300000, Sizes: Of(150), Relevant: 0.98, Roles: 20, Organization: "o-exampleorgid",
			Accounts: []string{Account, otherAccount, "777788889999"},
		}},
		{Name: "demo", Help: "the demo trail: a month of one account with a story", Write: func(dir string, _ uint64) error { return Demo(dir) }},
		{Name: "shapes", Help: "every form, damage and oddity at once", Write: Shapes},
		{Name: "random", Help: "a small trail in which everything collides", Write: Random},
	}
}

// PresetNamed returns the preset of a name, or an error that says which names there are.
func PresetNamed(name string) (Preset, error) {
	names := ""
	for _, p := range Presets() {
		if p.Name == name {
			return p, nil
		}
		names += " " + p.Name
	}
	return Preset{}, fmt.Errorf("preset %s: unknown, not one of%s", name, names)
}

var manyRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1",
	"ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "sa-east-1",
}
