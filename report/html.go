package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"

	"roletrail/analyzer"
)

// HTMLOptions says what an HTML report tells besides its usage.
type HTMLOptions struct {
	ExitState string // a sentence such as "exit 0: done"; "" is none
}

// HTML writes u as one HTML document that needs nothing else: it makes no request, opens from disk and prints. Its policy
// (https://www.w3.org/TR/CSP3/) lets a browser run the script of this package and no other. What comes from a log is text in
// it, escaped where it could do more than be read. The same u makes the same bytes. What a report on many roles leaves
// out is said in it. An error is one of writing to w.
func HTML(w io.Writer, u *analyzer.Usage, o HTMLOptions) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := htmlTemplates.ExecuteTemplate(out, "document", newHTMLDocument(u, o)); err != nil {
		return err
	}
	return out.Flush()
}

//go:embed html
var htmlFiles embed.FS

var htmlTemplates = template.Must(template.New("").ParseFS(htmlFiles, "html/*.tmpl"))

// The style sheet and the script stand in every report as they stand in their files, for the policy names their hashes.
var (
	htmlStyle     = template.CSS(htmlFile("html/style.css"))
	htmlScript    = template.JS(htmlFile("html/script.js"))
	contentPolicy = printable("default-src 'none'; style-src '" + hashSource(string(htmlStyle)) + "'; script-src '" + hashSource(string(htmlScript)) +
		"'; base-uri 'none'; form-action 'none'")
)

func htmlFile(name string) string {
	content, err := htmlFiles.ReadFile(name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return string(content)
}

// hashSource names a text in a Content-Security-Policy.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
