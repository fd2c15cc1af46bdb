// Screenshots writes pictures of an HTML report, so that a person looks at it as it is read: at the widths of a phone, a
// tablet and a desk, light and dark, and on paper.
//
//	go run ./internal/screenshots REPORT.html FOLDER
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/chromedp/chromedp"

	"roletrail/internal/browser"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

// picture is a screenshot to make.
type picture struct {
	name  string
	view  browser.View
	whole bool // the whole page, not only what the window shows
	role  bool // from the first role with findings on
}

var pictures = []picture{
	{name: "phone", view: browser.View{Width: 360, Height: 800}, whole: true},
	{name: "tablet", view: browser.View{Width: 820, Height: 1180}, whole: true},
	{name: "desk", view: browser.View{Width: 1440, Height: 900}, whole: true},
	{name: "dark", view: browser.View{Width: 1440, Height: 900, Dark: true}, whole: true},
	{name: "readme", view: browser.View{Width: 1440, Height: 1100}},
	{name: "role", view: browser.View{Width: 1440, Height: 1100}, role: true},
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("write the path of a report and of a folder")
	}
	report, folder := arguments[0], arguments[1]
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	b, err := browser.Start(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, p := range pictures {
		if err := shoot(b, report, p, filepath.Join(folder, p.name+".png")); err != nil {
			return err
		}
	}
	return printPages(b, report, filepath.Join(folder, "print.pdf"))
}

func shoot(b *browser.Browser, report string, picture picture, path string) error {
	p, err := b.Open(report, picture.view)
	if err != nil {
		return err
	}
	defer p.Close()
	if picture.role {
		const scroll = `new Promise(done => { document.querySelector('.role:has(.found)')?.scrollIntoView(); setTimeout(done, 200); })`
		if _, err := browser.Evaluate[chromedp.Void](p, scroll); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	capture := chromedp.CaptureScreenshot()
	if picture.whole {
		capture = chromedp.FullScreenshot(100)
	}
	content, err := browser.Run(p, capture)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return write(path, content)
}

// printPages writes the pages that a printer would get.
func printPages(b *browser.Browser, report, path string) error {
	p, err := b.Open(report, browser.View{})
	if err != nil {
		return err
	}
	defer p.Close()
	content, err := browser.Run(p, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return write(path, content)
}

func write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}
