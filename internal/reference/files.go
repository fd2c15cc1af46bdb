package reference

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"roletrail/ingest"
)

// otherKinds are the folders of what CloudTrail delivers beside its log files.
var otherKinds = []string{"CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"}

func isLogFile(name string) bool {
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".json.gz")
}

// Files reads every regular file under root whose name ends in .json or .json.gz, in any case of letters, folders of
// other kinds left out, sorted by name. Names begin with root and have slashes. Errors name the file.
func Files(root string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && slices.Contains(otherKinds, entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular() || !isLogFile(strings.ToLower(path)):
			return nil
		}
		data, err := os.ReadFile(path)
		files = append(files, File{Name: filepath.ToSlash(path), Data: data})
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files, nil
}

// Digests gives the names of the digest files under root, in the form of those of Files, sorted.
func Digests(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := filepath.ToSlash(path); !entry.IsDir() && ingest.Kind(name) == ingest.KindDigest {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}
