package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"roletrail/report"
)

// format is a form that a command can write its result in.
type format struct{ name, ending string }

var (
	textFormat     = format{"text", ".txt"}
	jsonFormat     = format{"json", ".json"}
	csvFormat      = format{"csv", ".csv"}
	markdownFormat = format{"markdown", ".md"}
	htmlFormat     = format{"html", ".html"}
	parquetFormat  = format{"parquet", ".parquet"}
	ndjsonFormat   = format{"ndjson", ".ndjson"}
	datasetFormat  = format{"data set", "/"} // a folder
)

// outputFlags say where a command writes its result, and in which of its formats.
type outputFlags struct {
	formats []format // the first is the default
	format  string
	folders bool // an output may be a folder for a data set
	files   []string
	ascii   bool
}

func (f *outputFlags) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "format", f.formats[0].name, "`FORMAT` of what is written to standard output: "+f.choice(format.String))
	flags.StringArrayVarP(&f.files, "output", "o", nil, "write to this `FILE` instead, in the format of its ending, "+f.choice(format.suffix)+"; - is standard output; may be repeated")
	if slices.Contains(f.formats, textFormat) {
		flags.BoolVar(&f.ascii, "ascii", false, "write the text report in ASCII alone")
	}
}

func (f format) String() string { return f.name }

func (f format) suffix() string { return f.ending }

// choice lists what the formats are called.
func (f *outputFlags) choice(called func(format) string) string {
	var list []string
	for _, format := range f.formats {
		list = append(list, called(format))
	}
	return oneOf(list)
}

// target is where a result goes.
type target struct {
	name   string // a file; "" is standard output
	format string
	out    io.Writer
	screen report.TextOptions
}

// targets finds out where to write what, before anything is read.
func (f *outputFlags) targets(env environment) ([]target, error) {
	if !slices.ContainsFunc(f.formats, func(known format) bool { return known.name == f.format }) {
		return nil, usage("use "+f.choice(format.String), "--format: %q is no format", f.format)
	}
	standard := target{format: f.format, out: env.stdout, screen: screen(env, f.ascii)}
	if _, isTerminal := terminal(env.stdout); isTerminal && f.format == parquetFormat.name && (len(f.files) == 0 || slices.Contains(f.files, "-")) {
		return nil, usage("write it to a file with --output", "--format parquet: standard output is a terminal")
	}
	if len(f.files) == 0 {
		return []target{standard}, nil
	}
	var targets []target
	for i, name := range f.files {
		if slices.Contains(f.files[:i], name) {
			return nil, usage("name each file once", "--output %s: given twice", name)
		}
		if name == "-" {
			targets = append(targets, standard)
			continue
		}
		if f.folders && strings.HasSuffix(name, datasetFormat.ending) {
			if err := checkFolder(name); err != nil {
				return nil, usage("name a folder that is new or empty", "--output %s: %w", name, err)
			}
			targets = append(targets, target{name: name, format: datasetFormat.name})
			continue
		}
		at := slices.IndexFunc(f.formats, func(known format) bool { return strings.HasSuffix(name, known.ending) })
		if at < 0 {
			return nil, usage("end the name in "+f.choice(format.suffix), "--output %s: the ending tells no format", name)
		}
		if err := checkFile(name); err != nil {
			return nil, usage("", "--output %s: %w", name, err)
		}
		targets = append(targets, target{name: name, format: f.formats[at].name, screen: report.TextOptions{ASCII: f.ascii}})
	}
	return targets, nil
}

// writeAll writes a result to all its targets. That nobody reads standard output any more keeps no file from being written.
func writeAll(targets []target, write func(*target) error) error {
	var closed error
	for i := range targets {
		err := write(&targets[i])
		switch {
		case errors.Is(err, errClosed):
			closed = err
		case err != nil:
			return err
		}
	}
	return closed
}

// write writes a result to where it goes.
func (t *target) write(render func(io.Writer) error) error {
	if t.name == "" {
		return writeOut(t.out, render)
	}
	if err := writeFile(t.name, render); err != nil {
		return failure("", "%s: %w", t.name, err)
	}
	return nil
}
